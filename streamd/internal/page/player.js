/* One connection by WHEP: the picture, and beside it messages of the server. */

const CONNECT_TIMEOUT_MS = 8000;

/* The address of something on this server: the token goes with it. */
const token = new URLSearchParams(location.search).get("token");

function address(path) {
	return token === null ? path : path + (path.includes("?") ? "&" : "?") + "token=" + encodeURIComponent(token);
}

class Player {
	/* listener: { message(object), track(stream), ended(reason) }; ended is called once. */
	constructor(listener) {
		this.listener = listener;
		this.over = false;
		this.session = null;
		this.connection = new RTCPeerConnection();
		this.connection.addTransceiver("video", { direction: "recvonly" });
		this.connection.ontrack = event => this.play(event);
		this.connection.onconnectionstatechange = () => this.stateChanged();
		this.messages = this.connection.createDataChannel("zcframe");
		this.messages.onmessage = event => this.listener.message(JSON.parse(event.data));
		this.timer = setTimeout(() => this.end("no connection within 8 seconds; is UDP let through to the server?"),
			CONNECT_TIMEOUT_MS);
	}

	play(event) {
		/* Pictures are shown as they come; a picture that is late is better than one that waits. */
		for (const name of ["jitterBufferTarget", "playoutDelayHint"]) {
			if (name in event.receiver)
				event.receiver[name] = 0;
		}
		this.listener.track(new MediaStream([event.track]));
	}

	async start() {
		try {
			await this.connection.setLocalDescription(await this.connection.createOffer());
			await this.gathered();
			const response = await fetch(address("whep"), {
				method: "POST", headers: { "Content-Type": "application/sdp" },
				body: this.connection.localDescription.sdp,
			});
			const body = await response.text();
			if (response.status !== 201)
				throw new Error(body.trim() || "the server answers " + response.status);
			this.session = response.headers.get("Location");
			if (this.over)
				this.leave();
			else
				await this.connection.setRemoteDescription({ type: "answer", sdp: body });
		} catch (error) {
			this.end(error instanceof TypeError ? "the server does not answer" : error.message);
		}
	}

	/* The addresses of this browser, or those that are there soon: the server finds us without any. */
	gathered() {
		return new Promise(resolve => {
			if (this.connection.iceGatheringState === "complete")
				resolve();
			this.connection.onicegatheringstatechange = () => {
				if (this.connection.iceGatheringState === "complete")
					resolve();
			};
			setTimeout(resolve, 500);
		});
	}

	stateChanged() {
		const state = this.connection.connectionState;
		if (state === "connected")
			clearTimeout(this.timer);
		else if (state === "failed" || state === "closed" || state === "disconnected")
			this.end("the connection to the server is lost");
	}

	send(message) {
		if (this.messages.readyState === "open")
			this.messages.send(JSON.stringify(message));
	}

	/* Tell the server, also while the page is being left. */
	leave() {
		if (this.session !== null)
			fetch(address(this.session), { method: "DELETE", keepalive: true }).catch(() => {});
		this.session = null;
	}

	end(reason) {
		if (this.over)
			return;
		this.over = true;
		clearTimeout(this.timer);
		this.leave();
		this.connection.close();
		this.listener.ended(reason);
	}
}
