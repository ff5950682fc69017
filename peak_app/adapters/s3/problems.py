"""What an S3-compatible service refuses, in the port's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, SSLError

from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import t
from peak_app.ports.storage import StorageProblem, StorageUnavailable

_PROBLEMS = {
    "NoSuchBucket": StorageProblem.NO_BUCKET,
    "InvalidBucketName": StorageProblem.NO_BUCKET,
    "AccessDenied": StorageProblem.DENIED,
    "AllAccessDisabled": StorageProblem.DENIED,
    "AccountProblem": StorageProblem.DENIED,
    "InvalidAccessKeyId": StorageProblem.BAD_KEY,
    "SignatureDoesNotMatch": StorageProblem.BAD_KEY,
    "InvalidToken": StorageProblem.BAD_KEY,
    "ExpiredToken": StorageProblem.BAD_KEY,
    "Unauthorized": StorageProblem.BAD_KEY,
    "RequestTimeTooSkewed": StorageProblem.CLOCK,
    "RequestExpired": StorageProblem.CLOCK,
    "AuthorizationHeaderMalformed": StorageProblem.WRONG_REGION,
    "PermanentRedirect": StorageProblem.WRONG_REGION,
    "InvalidRegionName": StorageProblem.WRONG_REGION,
    "PreconditionFailed": StorageProblem.CHANGED,
    # The content did not arrive as it was sent.
    "XAmzContentSHA256Mismatch": StorageProblem.BROKEN,
    "BadDigest": StorageProblem.BROKEN,
    "IncompleteBody": StorageProblem.BROKEN,
    "RequestTimeout": StorageProblem.UNREACHABLE,
    "SlowDown": StorageProblem.UNREACHABLE,
    # The upload was given up by someone who stored the same file.
    "NoSuchUpload": StorageProblem.CHANGED,
}
_STATUSES = {
    301: StorageProblem.WRONG_REGION,
    401: StorageProblem.BAD_KEY,
    403: StorageProblem.DENIED,
    412: StorageProblem.CHANGED,
    429: StorageProblem.UNREACHABLE,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raises `NotFound` and `StorageUnavailable` in place of the SDK's errors."""
    try:
        yield
    except ClientError as error:
        raise refusal_of(error) from error
    except SSLError as error:
        raise StorageUnavailable(StorageProblem.UNTRUSTED) from error
    except BotoCoreError as error:
        raise StorageUnavailable(StorageProblem.UNREACHABLE) from error


def refusal_of(error: ClientError) -> PeakError:
    """What an answer of the service means."""
    code, status = code_of(error), status_of(error)
    if code == "NoSuchKey" or (status == 404 and code not in _PROBLEMS):
        return NotFound(t("refusal.recording_gone"))
    if status >= 500 and code != "NotImplemented":
        return StorageUnavailable(StorageProblem.UNREACHABLE)
    return StorageUnavailable(_PROBLEMS.get(code) or _STATUSES.get(status, StorageProblem.REFUSED))


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
