#!/usr/bin/env bash
# Library:   @nestjs/throttler 6.7.1 on NestJS 11.1.6 with Express (npm).
# Behaviour: with several named throttlers the answer's headers carry the name as a suffix. A 429
#            says `retry-after-long` for the throttler that refused and nothing else of it: no
#            `retry-after`, no limit, no remaining. The throttler named "default" has no suffix, and
#            where it passed first, its own x-ratelimit-remaining stands there with requests left,
#            so a client that reads only the usual names sees a 429 with 17 requests to go.
# Output:    429 with retry-after-long 60, x-ratelimit-limit 20, -remaining 17, no retry-after
# Date:      2026-11-28
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export npm_config_cache="$folder/cache"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @nestjs/throttler@6.7.1 \
  @nestjs/common@11.1.6 @nestjs/core@11.1.6 @nestjs/platform-express@11.1.6 \
  reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null
cat > app.js <<'NODE'
require("reflect-metadata");
const { Controller, Get, Module } = require("@nestjs/common");
const { APP_GUARD, NestFactory } = require("@nestjs/core");
const { ThrottlerGuard, ThrottlerModule } = require("@nestjs/throttler");

class Calls {
  list() {
    return [];
  }
}
Controller("call")(Calls);
const list = Object.getOwnPropertyDescriptor(Calls.prototype, "list");
Get()(Calls.prototype, "list", list);

class App {}
Module({
  imports: [
    ThrottlerModule.forRoot([
      { name: "default", ttl: 1000, limit: 20 },
      { name: "long", ttl: 60000, limit: 2 },
    ]),
  ],
  controllers: [Calls],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})(App);

(async () => {
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, "127.0.0.1");
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}/call`;
  let answer;
  for (let n = 0; n < 3; n += 1) answer = await fetch(url);
  const told = Object.fromEntries(
    [...answer.headers].filter(([name]) => /ratelimit|retry-after/.test(name)),
  );
  console.log(answer.status, told);
  await app.close();
  const asStated =
    answer.status === 429 &&
    told["retry-after-long"] === "60" &&
    told["x-ratelimit-limit"] === "20" &&
    told["x-ratelimit-remaining"] === "17" &&
    !("retry-after" in told) &&
    !Object.keys(told).some((name) => /ratelimit.*-long/.test(name));
  process.exit(asStated ? 0 : 1);
})();
NODE
node app.js
