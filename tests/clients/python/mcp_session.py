from contextlib import asynccontextmanager

from sessions import opener, session_over


@asynccontextmanager
async def connect(server):
    async with session_over(opener(server)) as session:
        yield len((await session.list_tools()).tools), session.call_tool
