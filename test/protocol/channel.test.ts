import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { Cancelled, UserError } from '../../src/base/errors.ts';
import { Channel, type Port } from '../../src/protocol/channel.ts';
import type { Call, Contract, NoContract } from '../../src/protocol/messages.ts';
import { threadPort } from '../../src/worker/thread-port.ts';

interface Service extends Contract {
  readonly calls: {
    readonly 'number/double': Call<number, number>;
    readonly 'number/wait': Call<null, null>;
    readonly 'number/refuse': Call<null, null>;
    readonly 'number/break': Call<null, null>;
  };
  readonly events: { readonly 'number/changed': number };
}

suite('Channel', () => {
  let close: () => void;
  let client: Channel<NoContract, Service>;
  let service: Channel<Service, NoContract>;
  let aborted: Promise<void>;
  const seen: number[] = [];

  setup(() => {
    const { port1, port2 } = new MessageChannel();
    let onAborted: () => void = () => {};
    aborted = new Promise((resolve) => {
      onAborted = resolve;
    });
    service = new Channel<Service, NoContract>(
      threadPort(port1),
      {
        'number/double': (n) => n * 2,
        'number/wait': (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              onAborted();
              reject(new Cancelled());
            });
          }),
        'number/refuse': () => {
          throw new UserError('number/odd', 'Expected an even number, and got 3.');
        },
        'number/break': () => {
          throw new TypeError('broken');
        },
      },
      {},
    );
    client = new Channel<NoContract, Service>(threadPort(port2), {}, { 'number/changed': (n) => seen.push(n) });
    close = () => port1.close();
  });

  teardown(() => {
    client.dispose();
    service.dispose();
    close();
  });

  test('answers calls, in whatever order they end', async () => {
    assert.deepEqual(await Promise.all([client.call('number/double', 2), client.call('number/double', 21)]), [4, 42]);
  });

  test('delivers events to who listens', async () => {
    service.send('number/changed', 7);
    await client.call('number/double', 1);
    assert.deepEqual(seen, [7]);
  });

  test('an abort ends the call at once and reaches the other end', async () => {
    const controller = new AbortController();
    const call = client.call('number/wait', null, { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, Cancelled);
    await aborted;
  });

  test('a call whose signal is already aborted is never made', async () => {
    await assert.rejects(client.call('number/double', 1, { signal: AbortSignal.abort() }), Cancelled);
  });

  test('a UserError keeps its code, a bug its stack', async () => {
    await assert.rejects(client.call('number/refuse', null), { name: 'UserError', code: 'number/odd' });
    await assert.rejects(client.call('number/break', null), (error: Error) => {
      assert.equal(error instanceof UserError, false);
      assert.match(error.stack ?? '', /TypeError: broken/);
      return true;
    });
  });

  test('open calls end when the other end is gone, and later ones are refused with the same reason', async () => {
    const call = client.call('number/wait', null);
    client.fail(new Error('The worker ended.'));
    await assert.rejects(call, /The worker ended/);
    await assert.rejects(client.call('number/double', 1), /The worker ended/);
  });

  test('names that every object has are not calls', async () => {
    const sent: unknown[] = [];
    let deliver: (message: unknown) => void = () => {};
    const port: Port = {
      post: (message) => sent.push(message),
      onMessage: (listener) => {
        deliver = listener;
        return { dispose: () => {} };
      },
    };
    const channel = new Channel<NoContract, NoContract>(port, {}, {});
    deliver({ type: 'call', id: 1, name: 'constructor', argument: null });
    await new Promise((resolve) => setImmediate(resolve));
    assert.match(JSON.stringify(sent), /Nothing answers the call `constructor`/);
    channel.dispose();
  });
});
