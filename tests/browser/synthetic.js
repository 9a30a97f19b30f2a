// A camera that carries a time code in its pixels and a microphone that carries one tone: what a test finds at the far end came through the whole line.
// Only getUserMedia is replaced; everything behind it is the product.
(() => {
  const { id, tone, width, height } = window.__synthetic;
  const CELLS = 32; // 8 of identity, 24 of milliseconds, in two rows of 16
  const draw = (context, now) => {
    const value = [id & 0xff, (now >> 16) & 0xff, (now >> 8) & 0xff, now & 0xff];
    context.fillStyle = `hsl(${(id * 67) % 360} 45% 38%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${(id * 67 + 40) % 360} 50% 62%)`;
    context.beginPath();
    context.arc(width * (0.5 + 0.3 * Math.sin(now / 700)), height * 0.72, height * 0.16, 0, 7);
    context.fill();
    const cell = Math.floor(width / 16);
    for (let bit = 0; bit < CELLS; bit += 1) {
      const on = (value[bit >> 3] >> (7 - (bit & 7))) & 1;
      context.fillStyle = on ? "#fff" : "#000";
      context.fillRect((bit & 15) * cell, (bit >> 4) * cell, cell, cell);
    }
  };
  const stream = async (constraints) => {
    const tracks = [];
    if (constraints.video) {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d");
      const media = canvas.captureStream(30);
      draw(context, Date.now());
      setInterval(() => draw(context, Date.now()), 33);
      tracks.push(...media.getVideoTracks());
    }
    if (constraints.audio) {
      const context = new AudioContext({ sampleRate: 48000 });
      await context.resume();
      const source = new OscillatorNode(context, { frequency: tone });
      const gain = new GainNode(context, { gain: 0.3 });
      const sink = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      source.connect(gain).connect(sink);
      source.start();
      tracks.push(...sink.stream.getAudioTracks());
    }
    return new MediaStream(tracks);
  };
  navigator.mediaDevices.getUserMedia = stream;

  // What a loudspeaker would get: everything that the page connects to an AudioContext's destination.
  const ears = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && this.context.sampleRate) {
      const ear = new AnalyserNode(this.context, { fftSize: 16384, smoothingTimeConstant: 0 });
      connect.call(this, ear);
      ears.push(ear);
    }
    return connect.call(this, target, ...rest);
  };

  window.__heard = () => {
    // Level in dB around each asked frequency, the loudest over all outputs.
    const peak = (frequency) =>
      Math.max(
        -200,
        ...ears.map((ear) => {
          const bins = new Float32Array(ear.frequencyBinCount);
          ear.getFloatFrequencyData(bins);
          const at = Math.round((frequency * ear.fftSize) / ear.context.sampleRate);
          return Math.max(...bins.slice(at - 3, at + 4));
        }),
      );
    return { outputs: ears.length, at: Object.fromEntries([310, 440, 620, 880, 1240, 1760].map((f) => [f, peak(f)])) };
  };

  window.__read = (selector) => {
    // The time code in the picture that this element shows right now: {id, ms} or null.
    const element = document.querySelector(selector);
    const w = element?.videoWidth || element?.width;
    const h = element?.videoHeight || element?.height;
    if (!w || !h) return null;
    const canvas = document.createElement("canvas");
    canvas.width = w;
    canvas.height = h;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(element, 0, 0, w, h);
    const cell = w / 16;
    const bytes = [0, 0, 0, 0];
    for (let bit = 0; bit < CELLS; bit += 1) {
      const x = Math.floor(((bit & 15) + 0.5) * cell);
      const y = Math.floor(((bit >> 4) + 0.5) * cell);
      const [r, g, b] = context.getImageData(x, y, 1, 1).data;
      const light = (r + g + b) / 3;
      if (light > 80 && light < 175) return null; // neither black nor white: not a time code
      if (light >= 175) bytes[bit >> 3] |= 128 >> (bit & 7);
    }
    // How far the far corner's colour is from the one that the camera drew, in the channel where it is most.
    const [r, g, b] = context.getImageData(Math.floor(w * 0.02), Math.floor(h * 0.96), 1, 1).data;
    context.fillStyle = `hsl(${(bytes[0] * 67) % 360} 45% 38%)`;
    context.fillRect(0, 0, 1, 1);
    const drawn = context.getImageData(0, 0, 1, 1).data;
    const offColour = Math.max(Math.abs(r - drawn[0]), Math.abs(g - drawn[1]), Math.abs(b - drawn[2]));
    const ms = (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
    return { id: bytes[0], ms, ageMs: ((Date.now() & 0xffffff) - ms) & 0xffffff, width: w, height: h, offColour };
  };
})();
