// onnxruntime_peer.js vgg|speech infer [--seconds S]: one measurement of ONNX Runtime, printed as timing.py prints PyTorch's.
"use strict";
const os = require("os");
const path = require("path");

const home = path.join(__dirname, "..", "..", "artifacts", "onnxruntime");
const shapes = { vgg: [1, 3, 224, 224], speech: [1, 48000] };

function median(sorted) {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

async function main(work, argument, seconds) {
  const ort = require(path.join(home, "node_modules", "onnxruntime-node"));
  const threads = os.cpus().length;
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" };
  const session = await ort.InferenceSession.create(path.join(home, `${work}.onnx`), options);
  const values = new Float32Array(shapes[work].reduce((a, b) => a * b)).map(() => Math.random() - 0.5);
  const feeds = { x: new ort.Tensor("float32", values, shapes[work]) };
  const run = async () => {
    const before = process.hrtime.bigint();
    await session.run(feeds);
    return Number(process.hrtime.bigint() - before) / 1e6;
  };
  const past = (start) => (Date.now() - start) / 1e3;
  for (let i = 0, start = Date.now(); i < 3 || past(start) < Math.min(1, seconds / 3); i++) await run();
  const times = [];
  for (const start = Date.now(); times.length < 5 || past(start) < seconds;) times.push(await run());
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({
    name: `${work}/${argument}`, side: "onnxruntime", median_ms: +median(times).toFixed(4), min_ms: +times[0].toFixed(4), reps: times.length, threads,
    settings: options, versions: { onnxruntime: require(path.join(home, "node_modules", "onnxruntime-node", "package.json")).version },
  }));
}

const [work, argument, option, seconds] = process.argv.slice(2);
if (!(work in shapes) || argument !== "infer" || (option !== undefined && !(option === "--seconds" && +seconds > 0))) {
  console.error("onnxruntime_peer.js vgg|speech infer [--seconds S]");
  process.exit(2);
}
main(work, argument, +(seconds ?? 5)).catch((error) => { console.error(`onnxruntime_peer.js: ${error.message}; run bench/peers/install-onnxruntime.sh`); process.exit(1); });
