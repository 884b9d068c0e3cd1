//! What one chart may cost to load, everything nested in it included.

use crate::ChartError;
use crate::error::Limit;

/// helm's limit for the content of one archive or directory, in bytes.
pub(crate) const MAX_ARCHIVE: u64 = 100 << 20;
/// Content in all, in bytes: archives inside an archive must not multiply helm's limit.
const MAX_TOTAL: u64 = 256 << 20;
/// Files in all.
const MAX_FILES: usize = 50_000;
/// Charts inside charts.
const MAX_DEPTH: usize = 32;

/// What is left of the bounds while a chart is loaded.
#[derive(Debug)]
pub(crate) struct Budget {
    total: u64,
    files: usize,
    depth: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { total: MAX_TOTAL, files: MAX_FILES, depth: MAX_DEPTH }
    }
}

impl Budget {
    /// Takes bytes of content.
    pub(crate) fn take_bytes(&mut self, count: u64) -> Result<(), ChartError> {
        let left = self.total.checked_sub(count);
        self.total = left.ok_or(ChartError::Limit(Limit::TotalBytes(MAX_TOTAL)))?;
        Ok(())
    }

    /// Takes one file, or one header that may become one.
    pub(crate) fn take_file(&mut self) -> Result<(), ChartError> {
        let left = self.files.checked_sub(1);
        self.files = left.ok_or(ChartError::Limit(Limit::Files(MAX_FILES)))?;
        Ok(())
    }

    /// Goes one level down for the time of `visit`.
    pub(crate) fn descend<T>(
        &mut self,
        visit: impl FnOnce(&mut Self) -> Result<T, ChartError>,
    ) -> Result<T, ChartError> {
        let left = self.depth.checked_sub(1);
        self.depth = left.ok_or(ChartError::Limit(Limit::Depth(MAX_DEPTH)))?;
        let visited = visit(self);
        self.depth += 1;
        visited
    }
}

/// Counts the content of one archive or directory against helm's limit.
#[derive(Debug)]
pub(crate) struct ContentLimit(u64);

impl Default for ContentLimit {
    fn default() -> Self {
        Self(MAX_ARCHIVE)
    }
}

impl ContentLimit {
    /// Takes bytes of content.
    pub(crate) fn take(&mut self, count: u64) -> Result<(), ChartError> {
        let left = self.0.checked_sub(count);
        self.0 = left.ok_or(ChartError::Limit(Limit::ArchiveBytes(MAX_ARCHIVE)))?;
        Ok(())
    }

    /// What is left, in bytes.
    pub(crate) fn left(&self) -> u64 {
        self.0
    }
}
