from contextlib import asynccontextmanager

from mcpadapt.core import MCPAdapt
from mcpadapt.langchain_adapter import LangChainAdapter
from sync_tools import mcpadapt_parameters

_NOTHING = {
    "string": "",
    "array": [],
    "object": {},
    "boolean": False,
    "integer": 100,
    "number": 100,
}


@asynccontextmanager
async def connect(server):
    async with MCPAdapt(mcpadapt_parameters(server), LangChainAdapter()) as tools:
        by_name = {tool.name: tool for tool in tools}

        async def call(name, arguments):
            # The adapter makes every argument required and none nullable.
            rest = {
                key: _NOTHING.get(schema.get("type"), "")
                for key, schema in by_name[name].args.items()
            }
            return await by_name[name].ainvoke({**rest, **arguments})

        yield len(tools), call
