"""SeaweedFS for tests: a real S3-compatible server on loopback, from a wheel."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from tests.ports import free_port

READY_WITHIN_S = 90
BUCKET = "peak-recordings"
VERSIONED = "peak-versions"
KEY, SECRET = "peak-key", "a-secret-of-this-test"
READER_KEY, READER_SECRET = "reader-key", "another-secret-of-this-test"
"""May read and list, and nothing else."""
_WHO = """{"identities": [
  {"name": "peak", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
   "credentials": [{"accessKey": "%s", "secretKey": "%s"}]},
  {"name": "reader", "actions": ["Read", "List"], "credentials": [{"accessKey": "%s", "secretKey": "%s"}]}]}"""


@dataclass(frozen=True, slots=True)
class BucketServer:
    """Where it listens. `admin` is a client of its own, to look into buckets behind the product's back."""

    url: str
    admin: Any

    def fields(self, prefix: str, **others: object) -> dict[str, object]:
        """Settings for the bucket; whoever takes a prefix of their own sees nothing of others."""
        return {
            "s3_bucket": BUCKET, "s3_endpoint": self.url, "s3_access_key_id": KEY, "s3_secret_access_key": SECRET,
            "s3_prefix": prefix, **others,
        }  # fmt: skip

    def names(self, prefix: str, bucket: str = BUCKET) -> list[str]:
        """Names of all objects that begin so."""
        pages = self.admin.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def versions(self, prefix: str, bucket: str = VERSIONED) -> list[str]:
        """As `names`, of everything that is kept of them."""
        page = self.admin.list_object_versions(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for kind in ("Versions", "DeleteMarkers") for found in page.get(kind, ())]

    def uploads(self, prefix: str, bucket: str = BUCKET) -> list[str]:
        """Names of uploads that were begun and not completed."""
        page = self.admin.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for found in page.get("Uploads", ())]


@contextmanager
def bucket_server(folder: Path) -> Iterator[BucketServer]:
    """A server with two empty buckets, one of which keeps versions. What is in it goes when it ends."""
    who = folder / "who.json"
    who.write_text(_WHO % (KEY, SECRET, READER_KEY, READER_SECRET))
    listening = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    inner = {name: free_port() for name in listening}
    command = [
        str(Path(sys.executable).with_name("weed")), "-logdir", str(folder), "server", "-dir", str(folder),
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={who}", "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0", "-master.volumeSizeLimitMB=64", "-volume.max=0", "-master.electionTimeout=1s",
        *(f"-{name}.port={port}" for name, port in listening.items()),
        *(f"-{name}.port.grpc={port}" for name, port in inner.items()),
    ]  # fmt: skip
    url, log = f"http://127.0.0.1:{listening['s3']}", folder / "weed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield BucketServer(url, _ready(process, url, log))
        finally:
            # It would take half a minute to leave in order, and nothing of it is kept.
            process.kill()
            process.wait(30)
            for port in (*listening.values(), *inner.values()):
                for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                    left.unlink(missing_ok=True)


def _ready(process: subprocess.Popen[bytes], url: str, log: Path) -> Any:
    admin = Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(proxies={}, connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1}),
    )
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            known = {bucket["Name"] for bucket in admin.list_buckets()["Buckets"]}
            for bucket in {BUCKET, VERSIONED} - known:
                admin.create_bucket(Bucket=bucket)
            admin.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})
            # The first place for data is made with the first object.
            admin.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
        except (ClientError, BotoCoreError):
            time.sleep(0.1)
        else:
            return admin
    raise RuntimeError("SeaweedFS did not start:\n" + log.read_text(errors="replace")[-2000:])
