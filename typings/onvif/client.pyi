from aiohttp import ClientResponse, ClientSession

class AsyncTransportProtocolErrorHandler:
    session: ClientSession
    def __init__(self, session: ClientSession) -> None: ...
    async def _post_internal(
        self, address: str, message: str | bytes, headers: dict[str, str]
    ) -> tuple[ClientResponse, bytes]: ...
