// The page of loss.py: plays, presses keys, uploads, and notes when each frame is shown.
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Send the packets of WebRTC through the relays of loss.py. */
globalThis.relayPackets = () => {
  const { prototype } = RTCPeerConnection;
  const { get } = Object.getOwnPropertyDescriptor(prototype, "localDescription");
  const { setRemoteDescription } = prototype;
  Object.defineProperty(prototype, "localDescription", {
    get() {
      const { type, sdp } = get.call(this);
      return { type, sdp: sdp.replace(/a=candidate.*\r\n/g, "") };
    },
  });
  prototype.setRemoteDescription = async function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: await globalThis.relay(sdp) });
  };
};

class Play {
  shown_ms = [];
  counts = {};

  async start() {
    const { Session } = await import("/client.js");
    const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
    document.body.replaceChildren(video);
    const onFrame = (now) => {
      this.shown_ms.push(now);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    const running = Promise.withResolvers();
    this.session = new Session(location.origin, {
      state: (state) => state === "running" && running.resolve(),
      track: (_, track) => (video.srcObject = new MediaStream([track])),
      json: (_, counts) => (this.counts = counts),
    });
    await running.promise;
    await sleep(5000);
  }

  /** Press a key, a button and the pointer so many times; return what arrived, and the frames. */
  async press(count) {
    const began = performance.now();
    this.shown_ms = [];
    for (let index = 0; index < count; index++) {
      this.session.sendInput("forward", { pressed: true });
      this.session.sendInput("look", { dx: 1, dy: 0 });
      await sleep(20 + 20 * Math.random());
      this.session.sendInput("forward", { pressed: false });
      this.session.sendInput("jump", {});
      await sleep(10 + 20 * Math.random());
    }
    const frames = this.#frames(began);
    const done = () =>
      this.counts.holds >= count && this.counts.presses >= count && !this.counts.held;
    for (let waits = 0; waits < 200 && !done(); waits++) await sleep(100);
    return { ...frames, ...this.counts, wire: this.session.wireInUse };
  }

  /** Play for some seconds, with or without an upload. */
  async upload(bytes, seconds) {
    const began = performance.now();
    this.shown_ms = [];
    if (bytes) {
      const file = new File([new Uint8Array(bytes)], "a.bin", { type: "application/octet-stream" });
      const id = await this.session.upload("load", "file", file);
      this.session.sendInput("load", { file: id });
    }
    await sleep(seconds * 1000 - (performance.now() - began));
    return { ...this.#frames(began), files: this.counts.files };
  }

  #frames(began) {
    const gaps_ms = this.shown_ms.slice(1).map((time, index) => time - this.shown_ms[index]);
    return { gaps_ms, fps: this.shown_ms.length / ((performance.now() - began) / 1000) };
  }
}

globalThis.play = new Play();
