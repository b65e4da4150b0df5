// The benchmark's page: joins a peer's stream, sends inputs, and times the pictures that name them.
const BITS = 8;
const TIMEOUT_MS = 3000;

class Client {
  inputs = [];
  frameTimes = [];

  constructor() {
    this.video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
    this.video.style.width = "640px";
    document.body.replaceChildren(this.video);
    this.canvas = new OffscreenCanvas(BITS, 1).getContext("2d", { willReadFrequently: true });
    this.pc = new RTCPeerConnection();
    this.line = this.pc.addTransceiver("video", { direction: "recvonly" });
    this.video.srcObject = new MediaStream([this.line.receiver.track]);
  }

  async offer() {
    await this.pc.setLocalDescription();
    while (this.pc.iceGatheringState !== "complete") await sleep(5);
    return this.pc.localDescription.sdp;
  }

  accept(sdp) {
    return this.pc.setRemoteDescription({ type: "answer", sdp });
  }

  async watch() {
    await until(() => this.video.videoWidth > 0, 15_000);
    const onFrame = () => {
      const now = performance.now();
      this.frameTimes.push(now);
      if (this.expected !== undefined && this.number() === this.expected) {
        this.inputs.push(now - this.sent);
        this.expected = undefined;
        this.seen();
      }
      this.video.requestVideoFrameCallback(onFrame);
    };
    this.video.requestVideoFrameCallback(onFrame);
  }

  /** The number that the picture names. */
  number() {
    const { videoWidth: width } = this.video;
    const height = Math.floor(width / BITS / 4);
    this.canvas.drawImage(this.video, 0, 0, width, height, 0, 0, BITS, 1);
    const pixels = this.canvas.getImageData(0, 0, BITS, 1).data;
    let number = 0;
    for (let bit = 0; bit < BITS; bit++) number |= (pixels[bit * 4 + 1] > 128) << bit;
    return number;
  }

  /** Sends inputs, the next some time after the last is seen; what was measured meanwhile. */
  async measure(count) {
    const before = await this.received();
    const began = performance.now();
    [this.inputs, this.frameTimes] = [[], []];
    let lost = 0;
    for (let index = 0; index < count; index++) {
      await sleep(150 + 120 * Math.random());
      this.expected = 1 + (this.last ?? 0) % 255;
      this.last = this.expected;
      const seen = new Promise((resolve) => (this.seen = resolve));
      this.sent = performance.now();
      this.send(this.expected);
      await Promise.race([seen, sleep(TIMEOUT_MS)]);
      if (this.expected !== undefined) lost += 1;
      this.expected = undefined;
    }
    const seconds = (performance.now() - began) / 1000;
    const after = await this.received();
    return {
      inputs_ms: this.inputs,
      lost,
      seconds,
      intervals_ms: this.frameTimes.slice(1).map((time, index) => time - this.frameTimes[index]),
      shown_fps: this.frameTimes.length / seconds,
      received_fps: (after.frames - before.frames) / seconds,
      bitrate_bps: ((after.bytes - before.bytes) * 8) / seconds,
      codec: after.codec,
    };
  }

  async received() {
    const stats = [...(await this.pc.getStats()).values()];
    const stream = stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
    const codec = stats.find(({ id }) => id === stream.codecId)?.mimeType;
    return { frames: stream.framesReceived, bytes: stream.bytesReceived, codec };
  }
}

const JOIN = {
  async lucid(client, { watch, relayed } = {}) {
    const url = new URL("/api/session?protocol=1", location.href.replace("http", "ws"));
    if (watch) url.searchParams.set("watch", watch);
    const socket = (client.socket = new WebSocket(url));
    const channel = client.pc.createDataChannel("lucid");
    let [seq, fps] = [0, 0];
    client.send = (number) =>
      channel.send(JSON.stringify({ type: "input", seq: ++seq, name: "show", args: { number } }));
    await new Promise((resolve) => {
      socket.onmessage = async ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "ping") socket.send('{"type": "pong"}');
        if (message.type === "hello") {
          client.watchKey = message.watch_key;
          fps = message.manifest.outputs[0].fps;
        }
        if (message.type === "answer") {
          await client.accept(relayed ? await globalThis.relay(message.sdp) : message.sdp);
        }
        if (message.state === "ready") {
          const sdp = await client.offer();
          // Without the browser's candidates, the server learns only the relay's address.
          const seen = relayed ? sdp.replace(/a=candidate.*\r\n/g, "") : sdp;
          socket.send(JSON.stringify({ type: "offer", sdp: seen }));
        }
        if (message.state === "running") resolve();
      };
    });
    for (const { receiver } of client.pc.getTransceivers()) receiver.jitterBufferTarget = 0;
    // As the player's page does.
    const { Alignment } = await import("/static/client/align.js");
    client.alignment = new Alignment(client.video, fps, (shift_ms) =>
      channel.send(JSON.stringify({ type: "align", shift_ms })),
    );
  },

  async naive(client) {
    const channel = client.pc.createDataChannel("bench");
    client.send = (number) => channel.send(JSON.stringify({ number }));
    await client.accept((await post("/offer", { sdp: await client.offer() })).sdp);
    await until(() => channel.readyState === "open", 10_000);
  },

  async flashdreams(client) {
    const channel = client.pc.createDataChannel("controls");
    client.send = (number) =>
      channel.send(JSON.stringify({ type: "keyboard", key: String(number), pressed: true }));
    const offer = { sdp: await client.offer(), type: "offer" };
    await client.accept((await post("/api/webrtc/offer", offer)).sdp);
    await until(() => channel.readyState === "open", 10_000);
  },

  async reactor(client) {
    const channel = client.pc.createDataChannel("data");
    const control = client.pc.createDataChannel("control");
    const say = (scope, type, data) =>
      channel.send(JSON.stringify({ scope, data: { type, data } }));
    client.send = (number) => say("application", "set_number", { number });
    await post("/start_session", {});
    const { session_id } = await (await fetch("/session")).json();
    const base = `/sessions/${session_id}/transport/webrtc`;
    let connection_id;
    for (let tries = 0; connection_id === undefined; tries++) {
      try {
        ({ connection_id } = await post(`${base}/connections`, {}));
      } catch (error) {
        if (tries > 50) throw error;
        await sleep(100);
      }
    }
    const sdp = await client.offer();
    const path = `${base}/connections/${connection_id}/sdp_params`;
    const track = { mid: client.line.mid, name: "main_video", kind: "video", direction: "recvonly" };
    await post(path, { sdp_offer: sdp, track_mapping: [track], ice_servers: [] });
    for (;;) {
      const answer = await fetch(path);
      if (answer.status === 200) {
        await client.accept((await answer.json()).sdp_answer);
        break;
      }
      await sleep(50);
    }
    await until(() => channel.readyState === "open", 10_000);
    await until(() => control.readyState === "open", 10_000);
    const resume = { type: "notification", event: "resume_track", data: { name: "main_video" } };
    control.send(JSON.stringify(resume));
    setInterval(() => say("runtime", "ping", {}), 3000);
  },
};

/** Measures the player's own page: inputs go in at its form, pictures come out of its video. */
async function joinPage() {
  const player = document.querySelector("lucid-player");
  const find = (selector) => player.shadowRoot.querySelector(selector);
  await until(() => find("[data-input=show] fieldset:enabled"), 15_000);
  const box = find("[data-input=show] input");
  const client = Object.assign(Object.create(Client.prototype), {
    video: find("#main-video"),
    canvas: new OffscreenCanvas(BITS, 1).getContext("2d", { willReadFrequently: true }),
    inputs: [],
    frameTimes: [],
    pc: { getStats: () => player.session.statistics() },
    send: (number) => {
      box.value = String(number);
      box.form.requestSubmit();
    },
  });
  await client.watch();
  return client;
}

/** Plays over Lucid's WebSocket, with Lucid's client and nothing else of its page. */
async function joinSocket() {
  const { Session } = await import("/static/client.js");
  const client = Object.assign(Object.create(Client.prototype), {
    video: Object.assign(document.createElement("video"), { muted: true, autoplay: true }),
    canvas: new OffscreenCanvas(BITS, 1).getContext("2d", { willReadFrequently: true }),
    inputs: [],
    frameTimes: [],
    pc: { getStats: () => session.statistics() },
    send: (number) => session.sendInput("show", { number }),
  });
  const track = (_, track) => (client.video.srcObject = new MediaStream([track]));
  const session = new Session(new URL("/", location.href), { track }, {}, "socket");
  client.video.style.width = "640px";
  document.body.replaceChildren(client.video);
  await client.watch();
  return client;
}

async function join(kind, options) {
  if (kind === "page") return joinPage();
  if (kind === "socket") return joinSocket();
  const client = new Client();
  await JOIN[kind](client, options);
  await client.watch();
  return client;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json().catch(() => ({}));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(condition, timeout_ms) {
  const end = performance.now() + timeout_ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not in time: ${condition}`);
    await sleep(4);
  }
}

Object.assign(globalThis, { join });
