class Error(Exception):
    message: str

class Fault(Error): ...

class TransportError(Error):
    status_code: int
