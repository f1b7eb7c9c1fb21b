// Makes the parts and hands them to each other, in reading order; no logic.

import * as vscode from 'vscode';
import { CodeActions } from './host/code-actions.ts';
import { checkFile, fixFile, registerCommands } from './host/commands.ts';
import { Configs } from './host/configs.ts';
import { Cores } from './host/cores.ts';
import { Diagnostics } from './host/diagnostics.ts';
import { Documents } from './host/documents.ts';
import { EffectiveConfig } from './host/effective-config.ts';
import { Engine } from './host/engine.ts';
import { Failures } from './host/failures.ts';
import { LabController } from './host/lab/controller.ts';
import { newNotebook } from './host/lab/new-notebook.ts';
import { LabSerializer, NOTEBOOK_TYPE, SERIALIZER_OPTIONS } from './host/lab/serializer.ts';
import { createLog } from './host/log.ts';
import { showMenu } from './host/menu.ts';
import { ModelReader } from './host/model-reader.ts';
import { ModelViews } from './host/model-views.ts';
import { Neighborhood } from './host/neighborhood.ts';
import { Notebooks } from './host/notebooks.ts';
import { Observation } from './host/observe.ts';
import type { OutlineView } from './host/outline-view.ts';
import { OBSERVATORY, Panel } from './host/panel.ts';
import { revealPlace } from './host/reveal.ts';
import { RulePages } from './host/rule-page.ts';
import { Running } from './host/running.ts';
import { engineSettings } from './host/settings.ts';
import { Status } from './host/status.ts';
import { WorkspaceCheck } from './host/workspace-check.ts';

/** What other extensions may watch. */
export interface NormLab {
  readonly observation: Pick<Observation, 'state' | 'onDidChange' | 'onDidObserve'>;
  readonly outline: Pick<OutlineView, 'rows'>;
}

export function activate(context: vscode.ExtensionContext): NormLab {
  const keep = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const script = (name: string) => vscode.Uri.joinPath(dist, name).fsPath;

  const log = keep(createLog());
  const failures = new Failures(log);
  const cores = keep(new Cores(dist));

  const configs = keep(new Configs(cores));
  const neighborhood = keep(new Neighborhood(cores, failures));
  const documents = keep(new Documents(cores, configs, neighborhood, failures));
  const notebooks = keep(new Notebooks(cores, configs, failures));
  keep(new Diagnostics(documents));
  const actions = keep(new CodeActions(documents, notebooks, cores, failures));
  const workspace = keep(new WorkspaceCheck(cores, configs, neighborhood, documents, failures));
  const effective = keep(new EffectiveConfig(configs, cores));
  keep(new Status(documents));
  const pages = keep(new RulePages(dist, () => cores.pages, failures));

  const reader = keep(new ModelReader(script('reader-worker.mjs'), log));
  const engine = keep(new Engine(script('engine-worker.mjs'), log, engineSettings));
  const running = new Running();
  const memory = context.workspaceState;
  const views = keep(new ModelViews({ documents, notebooks, reader, memory, cores, running }));
  const { models } = views;
  const observation = keep(new Observation({ documents, models, engine, cores, running, failures }));
  keep(new Panel(dist, observation, failures, (code) => pages.open(code)));

  keep(vscode.workspace.registerNotebookSerializer(NOTEBOOK_TYPE, new LabSerializer(cores), SERIALIZER_OPTIONS));
  const version = String(context.extension.packageJSON.version);
  keep(new LabController({ cores, reader, engine, running, failures, version }));

  const openObservatory = async () => void (await vscode.commands.executeCommand(`${OBSERVATORY}.focus`));
  keep(
    registerCommands(
      {
        observeModel: async () => {
          const source = observation.target();
          await openObservatory();
          await observation.observe(source);
        },
        chooseModel: () => models().choose(),
        refreshOutline: () => views.outline.refresh(),
        revealPlace,
        stop: () => running.stop(),
        restartEngine: () => {
          engine.restart();
          reader.restart();
        },
        checkFile: () => checkFile(documents),
        checkWorkspace: () => workspace.checkWorkspace(),
        checkChanged: () => workspace.checkChanged(),
        fixFile: () => fixFile(actions),
        showEffectiveConfig: () => effective.show(),
        explainRule: () => pages.pick(),
        openRulePage: (code) => pages.open(code),
        newNotebook,
        showMenu: () => showMenu(running.any),
        openObservatory,
      },
      failures,
    ),
  );

  documents.start();
  notebooks.start();
  return { observation, outline: views.outline };
}
