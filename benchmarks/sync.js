// The page of sync.py: notes when it shows a flash and plays a beep, and the gaps of the tone.
const BLOCK = 256;
const SILENT = 0.02;

/** Play for some seconds; return the times of the flashes and beeps, and the gaps, in ms. */
async function measure(wire, seconds, inputsPerSecond) {
  const { Session } = await import("/client.js");
  const found = { flashes_ms: [], beeps_ms: [], gaps_ms: [], frames: 0, heard_s: 0 };
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
  document.body.replaceChildren(video);
  const running = Promise.withResolvers();
  const session = new Session(location.origin, {
    state: (state) => state === "running" && running.resolve(),
    track: (output, track) => {
      const stream = new MediaStream([track]);
      if (track.kind === "video") watch(video, stream, found);
      else listen(stream, found);
    },
  }, {}, wire);
  await running.promise;
  await sleep(3000);
  Object.assign(found, { flashes_ms: [], beeps_ms: [], gaps_ms: [], frames: 0, heard_s: 0 });
  const end_ms = performance.now() + seconds * 1000;
  let pressed = false;
  while (performance.now() < end_ms) {
    if (inputsPerSecond) session.sendInput("forward", { pressed: (pressed = !pressed) });
    await sleep(inputsPerSecond ? 1000 / inputsPerSecond : 200);
  }
  const { state, wireInUse } = session;
  session.close();
  return { ...found, state, wire: wireInUse };
}

function watch(video, stream, found) {
  video.srcObject = stream;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  let was = true;
  const onFrame = (_, { presentationTime }) => {
    canvas.drawImage(video, 0, 0, 1, 1);
    const white = canvas.getImageData(0, 0, 1, 1).data[0] > 128;
    if (white && !was) found.flashes_ms.push(presentationTime);
    was = white;
    found.frames += 1;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}

function listen(stream, found) {
  const element = Object.assign(new Audio(), { muted: true, srcObject: stream });
  element.play(); // Chromium decodes a remote track only while an element plays it
  const context = new AudioContext({ sampleRate: 48000 });
  const processor = context.createScriptProcessor(BLOCK, 2, 1);
  let [quietUntil, silent_s] = [0, 0];
  processor.onaudioprocess = ({ inputBuffer, playbackTime }) => {
    const start_s = playbackTime - 2 * BLOCK / context.sampleRate; // it is double-buffered
    const [beep, tone] = [inputBuffer.getChannelData(0), inputBuffer.getChannelData(1)];
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    for (let index = 0; index < BLOCK; index += 1) {
      const at_s = start_s + index / context.sampleRate;
      if (Math.abs(beep[index]) > 0.3) {
        if (at_s > quietUntil) found.beeps_ms.push(performanceTime + (at_s - contextTime) * 1000);
        quietUntil = at_s + 0.4;
      }
      if (Math.abs(tone[index]) < SILENT) silent_s += 1 / context.sampleRate;
      else {
        if (silent_s > 0.002) found.gaps_ms.push(silent_s * 1000);
        silent_s = 0;
      }
    }
    found.heard_s += BLOCK / context.sampleRate;
  };
  context.createMediaStreamSource(stream).connect(processor);
  processor.connect(context.destination);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
