//! Uploads on their way into the store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oci::{Algorithm, CHUNK_SIZE, Digest, Hasher};

use super::blobs::Space;
use super::{durable, repositories};
use crate::store::{StoreError, Upload, UploadId};

/// An upload with its file open. The hash runs along, so that nothing is read again at the end.
pub(super) struct FileUpload {
    space: Arc<Space>,
    repository: String,
    id: UploadId,
    file: File,
    offset: u64,
    hasher: Hasher,
}

impl FileUpload {
    pub(super) fn start(space: &Arc<Space>, repository: &str) -> Result<Self, StoreError> {
        let failed = || StoreError::io("start an upload");
        let id = UploadId::random().map_err(failed())?;
        let note = space.layout.upload_repository(&id);
        private()
            .create_new(true)
            .open(note)
            .and_then(|mut note| note.write_all(repository.as_bytes()))
            .map_err(failed())?;
        let file = private().create_new(true).open(space.layout.upload(&id)).map_err(failed())?;
        Ok(Self {
            space: Arc::clone(space),
            repository: repository.into(),
            id,
            file,
            offset: 0,
            hasher: Hasher::new(Algorithm::Sha256),
        })
    }

    pub(super) fn resume(
        space: &Arc<Space>,
        repository: &str,
        id: &UploadId,
    ) -> Result<Self, StoreError> {
        let noted = fs::read_to_string(space.layout.upload_repository(id)).map_err(unknown)?;
        if noted != repository {
            return Err(StoreError::UploadUnknown);
        }
        let mut file = private().open(space.layout.upload(id)).map_err(unknown)?;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let offset = hash_file(&mut file, &mut hasher)?;
        Ok(Self {
            space: Arc::clone(space),
            repository: repository.into(),
            id: id.clone(),
            file,
            offset,
            hasher,
        })
    }

    fn store(&mut self, digest: &Digest) -> Result<(), StoreError> {
        let found = match digest.algorithm() {
            Algorithm::Sha256 => self.hasher.clone().finish(),
            Algorithm::Sha512 => {
                let mut hasher = Hasher::new(Algorithm::Sha512);
                hash_file(&mut self.file, &mut hasher)?;
                hasher.finish()
            }
        };
        if found != *digest {
            return Err(StoreError::Digest { expected: digest.clone(), found });
        }
        let failed = || StoreError::io("store a blob");
        self.file.sync_data().map_err(failed())?;
        let _gate = self.space.linking();
        let layout = &self.space.layout;
        // Also when the blob is there: these bytes are known to be right.
        durable::rename(&layout.upload(&self.id), &layout.blob(digest)).map_err(unknown)?;
        durable::touch(&layout.blob_link(&self.repository, digest)).map_err(failed())?;
        durable::remove(&layout.upload_repository(&self.id)).map_err(failed())?;
        Ok(())
    }

    fn remove(&self) -> Result<(), StoreError> {
        remove(&self.space, &self.id).map_err(StoreError::io("remove an upload"))
    }
}

impl Upload for FileUpload {
    fn id(&self) -> &UploadId {
        &self.id
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if let Err(source) = self.file.write_all(bytes) {
            // What was written of them is taken back: the hash does not know it.
            self.file
                .set_len(self.offset)
                .and_then(|()| self.file.seek(SeekFrom::Start(self.offset)))
                .map_err(StoreError::io("take back a part of an upload"))?;
            return Err(StoreError::Io { action: "write an upload", source });
        }
        self.hasher.update(bytes);
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn commit(mut self: Box<Self>, digest: &Digest) -> Result<(), StoreError> {
        let stored = self.store(digest);
        if stored.is_err() {
            // The first error is the one to tell.
            let _ = self.remove();
        }
        stored
    }

    fn discard(self: Box<Self>) -> Result<(), StoreError> {
        self.remove()
    }
}

/// Removes the uploads whose file was last written before `age`, and notes that belong to none.
pub(super) fn expire(space: &Space, age: Duration) -> io::Result<usize> {
    let mut removed = 0;
    let Some(limit) = SystemTime::now().checked_sub(age) else { return Ok(0) };
    for name in repositories::children(&space.layout.uploads())? {
        let Ok(id) = name.strip_suffix(".repository").unwrap_or(&name).parse::<UploadId>() else {
            continue;
        };
        let changed =
            fs::metadata(space.layout.uploads().join(&name)).and_then(|file| file.modified());
        let has_content = space.layout.upload(&id).exists();
        let is_note = name != id.as_str();
        if changed.is_ok_and(|changed| changed < limit) && !(is_note && has_content) {
            remove(space, &id)?;
            removed += usize::from(!is_note);
        }
    }
    Ok(removed)
}

fn remove(space: &Space, id: &UploadId) -> io::Result<()> {
    durable::remove(&space.layout.upload(id))?;
    durable::remove(&space.layout.upload_repository(id))?;
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn unknown(source: io::Error) -> StoreError {
    if source.kind() == io::ErrorKind::NotFound {
        StoreError::UploadUnknown
    } else {
        StoreError::Io { action: "open an upload", source }
    }
}

/// Hashes a file from its first byte to its last, where it stays.
fn hash_file(file: &mut File, hasher: &mut Hasher) -> Result<u64, StoreError> {
    let failed = || StoreError::io("read an upload");
    file.seek(SeekFrom::Start(0)).map_err(failed())?;
    let mut buffer = vec![0; CHUNK_SIZE];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(size),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed()(error)),
        }
    }
}
