// A minimal client of the wire protocol, for tests. It joins a session to play or watch it.
globalThis.live = {
  async join({ key, codec } = {}) {
    const client = new Client(key, codec);
    await client.until(() => client.state === "running" || client.state === "paused");
    return client;
  },

  /** Return the alignment requests when all frames arrive at one phase of the refresh interval. */
  async alignment(place, fps) {
    const { Alignment } = await import("/client.js");
    const asked = [];
    const video = { requestVideoFrameCallback: (shown) => (video.shown = shown) };
    new Alignment(video, fps, (shift_ms) => asked.push(shift_ms));
    for (let frame = 0; frame < 60; frame++) {
      const refreshed_ms = (frame * 1000) / fps;
      video.shown(refreshed_ms, { receiveTime: refreshed_ms + (place * 1000) / 60 });
      await new Promise(requestAnimationFrame);
    }
    return asked;
  },
};

class Client {
  state = "";
  hello = null;
  shown = [];
  receipts = new Map();
  #seq = 0;

  constructor(key, codec) {
    const url = new URL("/api/session?protocol=1", location.href.replace("http", "ws"));
    if (key) url.searchParams.set("watch", key);
    this.socket = new WebSocket(url);
    this.socket.onmessage = ({ data }) => this.#receive(JSON.parse(data), codec);
    this.video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
    document.body.append(this.video);
    const count = (_, { rtpTimestamp }) => {
      this.shown.push(rtpTimestamp);
      this.video.requestVideoFrameCallback(count);
    };
    this.video.requestVideoFrameCallback(count);
  }

  async #receive(message, codec) {
    if (message.type === "ping") this.socket.send('{"type": "pong"}');
    if (message.type === "hello") this.hello = message;
    if (message.type === "answer") await this.pc.setRemoteDescription({ type: "answer", sdp: message.sdp });
    if (message.type !== "state") return;
    this.state = message.state;
    if (message.state === "ready") await this.#offer(codec);
  }

  async #offer(codec) {
    const pc = (this.pc = new RTCPeerConnection());
    const line = pc.addTransceiver("video", { direction: "recvonly" });
    if (codec) {
      const known = RTCRtpReceiver.getCapabilities("video").codecs;
      line.setCodecPreferences(known.filter(({ mimeType }) => mimeType === `video/${codec}`));
    }
    this.video.srcObject = new MediaStream([line.receiver.track]);
    this.channel = pc.createDataChannel("lucid");
    this.channel.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "receipt") this.receipts.set(message.rtp, message);
    };
    await pc.setLocalDescription();
    await this.until(() => pc.iceGatheringState === "complete");
    this.socket.send(JSON.stringify({ type: "offer", sdp: pc.localDescription.sdp }));
  }

  send(message) {
    this.channel.send(JSON.stringify(message));
  }

  input(name, args) {
    this.send({ type: "input", seq: ++this.#seq, name, args });
  }

  /** Return whether the picture is red. */
  red() {
    if (!this.video.videoWidth) return false;
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.drawImage(this.video, 0, 0, 1, 1);
    const [red, green] = context.getImageData(0, 0, 1, 1).data;
    return red > 200 && green < 160;
  }

  async codec() {
    const stats = [...(await this.pc.getStats()).values()];
    const stream = stats.find(({ type }) => type === "inbound-rtp");
    return stats.find(({ id }) => id === stream.codecId).mimeType;
  }

  /** Wait for a condition, at most 10 s. */
  async until(condition) {
    const end = performance.now() + 10_000;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`not in time: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
