// Several instances may share one memory, each on a thread of its own. What a kernel keeps between its functions is
// made when an instance starts; an instance with a later lane puts it further on. This file comes first.

@external("env", "lane")
declare const lane: i32;

const LANE_BYTES: usize = 1024;

heap.alloc(<usize>lane * LANE_BYTES + 1);
