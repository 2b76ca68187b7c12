import { createServer } from "node:http";

// A model on loopback, in the dialects that command lines speak: it asks for one tool call, keeps
// what the client hands back for it, and says "done".
export class Model {
  wanted = null;
  handedBack = [];
  tools = new Set();

  start() {
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const piece of request) text += piece;
      const body = text ? JSON.parse(text) : {};
      if (request.url.includes("enerateContent")) this.#gemini(request.url, body, response);
      else if (request.url.includes("/chat/completions")) this.#chat(body, response);
      else if (request.url.includes("/messages?") || request.url.endsWith("/messages"))
        this.#messages(body, response);
      else if (request.url.endsWith("/responses")) this.#responses(body, response);
      else if (request.url.includes("countTokens")) send(response, { totalTokens: 1 });
      else send(response, { data: [] });
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
    });
  }

  #listed(names) {
    for (const name of names) this.tools.add(name);
    return names.find((name) => name.endsWith(this.wanted?.name));
  }

  #gemini(url, body, response) {
    const declared = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
    const name = this.#listed(declared.map((tool) => tool.name));
    const parts = (body.contents ?? []).flatMap((content) => content.parts ?? []);
    const back = parts.filter((part) => part.functionResponse);
    this.handedBack = back.length ? parts.slice(parts.indexOf(back[0])) : this.handedBack;
    const call = { functionCall: { name, args: this.wanted?.args } };
    const part = back.length || !name ? { text: "done" } : call;
    const candidate = { content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 };
    const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
    const answer = { candidates: [candidate], usageMetadata };
    if (url.includes("stream")) stream(response, [answer], false);
    else send(response, answer);
  }

  #chat(body, response) {
    const name = this.#listed((body.tools ?? []).map((tool) => tool.function.name));
    const back = body.messages.filter((message) => message.role === "tool");
    this.handedBack = back.length ? back.map((message) => message.content) : this.handedBack;
    const called = { name, arguments: JSON.stringify(this.wanted?.args) };
    const calls = [{ index: 0, id: "call_1", type: "function", function: called }];
    const asks = name && !back.length;
    const said = asks ? { tool_calls: calls, content: null } : { content: "done" };
    const message = { role: "assistant", ...said };
    const finish_reason = asks ? "tool_calls" : "stop";
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const head = { id: "1", created: 1, model: body.model, usage };
    if (!body.stream) {
      send(response, { ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason }] });
      return;
    }
    const chunk = { ...head, object: "chat.completion.chunk" };
    const first = { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] };
    stream(response, [first, { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] }], true);
  }

  #messages(body, response) {
    const name = this.#listed((body.tools ?? []).map((tool) => tool.name));
    const parts = body.messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
    const back = parts.filter((part) => part.type === "tool_result");
    this.handedBack = back.length ? back : this.handedBack;
    const asks = name && !back.length;
    const call = { type: "tool_use", id: "toolu_1", name };
    const block = asks ? { ...call, input: {} } : { type: "text", text: "" };
    const given = JSON.stringify(this.wanted?.args);
    const delta = asks
      ? { type: "input_json_delta", partial_json: given }
      : { type: "text_delta", text: "done" };
    const stop_reason = asks ? "tool_use" : "end_turn";
    const head = { id: "msg_1", type: "message", role: "assistant", model: body.model };
    const usage = { input_tokens: 1, output_tokens: 1 };
    if (!body.stream) {
      const content = asks ? [{ ...call, input: this.wanted.args }] : [{ type: "text", text: "done" }];
      send(response, { ...head, content, stop_reason, stop_sequence: null, usage });
      return;
    }
    const message = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
    const events = [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
      { type: "message_stop" },
    ];
    stream(response, events, false);
  }

  #responses(body, response) {
    const spaces = (body.tools ?? []).flatMap((tool) =>
      (tool.tools ?? [tool]).map((inner) => ({ space: tool.tools && tool.name, name: inner.name })),
    );
    const whole = spaces.map(({ space, name }) => (space ? `${space}__${name}` : `${name}`));
    const found = spaces[whole.indexOf(this.#listed(whole))];
    const back = (body.input ?? []).filter((item) => item.type === "function_call_output");
    this.handedBack = back.length ? back : this.handedBack;
    const args = JSON.stringify(this.wanted?.args);
    const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: found?.name, arguments: args };
    const text = { type: "output_text", text: "done", annotations: [] };
    const said = { type: "message", id: "msg_1", role: "assistant", content: [text] };
    const asked = found?.space ? { ...call, namespace: found.space } : call;
    const item = found && !back.length ? asked : said;
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const made = { id: "resp_1", object: "response", status: "completed", output: [item], usage };
    const events = [
      { type: "response.created", response: { ...made, status: "in_progress", output: [] } },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: made },
    ];
    stream(response, events, false);
  }
}

function send(response, answer) {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(answer));
}

function stream(response, answers, withEnd) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const answer of answers) {
    const event = answer.type ? `event: ${answer.type}\n` : "";
    response.write(`${event}data: ${JSON.stringify(answer)}\n\n`);
  }
  response.end(withEnd ? "data: [DONE]\n\n" : "");
}
