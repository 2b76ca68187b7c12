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
}

function send(response, answer) {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(answer));
}

function stream(response, answers, withEnd) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const answer of answers) response.write(`data: ${JSON.stringify(answer)}\n\n`);
  response.end(withEnd ? "data: [DONE]\n\n" : "");
}
