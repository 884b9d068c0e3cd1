//! Reading a tar: headers in, a listing out.

use std::io::Read;

use crate::PackageError;
use crate::head::Head;
use crate::header::{BLOCK, Header, Kind};
use crate::input::Input;
use crate::listing::{Entry, Listing};
use crate::name::{self, MAX_NAME};
use crate::pax::{MAX_PAX, Pax};
use crate::scan::{Found, Region, Scanner, may_be_package};
use crate::store::Place;

/// Zeros after the end-of-archive marker, in bytes. Packers fill up to a record of 10 KiB, tape drives to 1 MiB.
const MAX_TAIL: u64 = 16 << 20;

/// What extension headers say about the member that follows.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Pax>,
}

impl Extension {
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.pax.is_none()
    }
}

/// A member as announced by its headers.
struct Announced {
    raw_name: Vec<u8>,
    raw_link: Vec<u8>,
    size: u64,
    kind: Kind,
}

impl Announced {
    /// Puts header and extensions together. PAX goes before GNU goes before the header, but two spellings of one
    /// thing are refused: readers differ in which they believe.
    fn new(header: Header, extension: Extension) -> Result<Self, &'static str> {
        let pax = extension.pax.unwrap_or_default();
        if pax.is_sparse {
            return Err("it is a sparse file");
        }
        if (extension.name.is_some() && pax.path.is_some())
            || (extension.link.is_some() && pax.link.is_some())
        {
            return Err("it has a GNU and a PAX name");
        }
        let raw_name = pax.path.or(extension.name).unwrap_or(header.name);
        let raw_link = pax.link.or(extension.link).unwrap_or(header.link);
        Ok(Self { raw_name, raw_link, size: pax.size.unwrap_or(header.size), kind: header.kind })
    }
}

impl Scanner {
    /// Lists a tar that begins at the input's position.
    pub(crate) fn tar(
        &mut self,
        input: &mut Input<'_>,
        region: &Region,
    ) -> Result<Listing, PackageError> {
        let mut listing = Listing::new(region.label.clone());
        let mut extension = Extension::default();
        loop {
            let offset = input.position();
            let block = read_block(input, region)?;
            if block == [0; BLOCK] {
                if !extension.is_empty() {
                    let reason = "an extension header is followed by no member";
                    return Err(PackageError::corrupt(&region.label, offset, reason));
                }
                check_tail(input, region)?;
                return Ok(listing);
            }
            let header = Header::parse(&block)
                .map_err(|reason| PackageError::corrupt(&region.label, offset, reason))?;
            if is_extension(header.kind) {
                self.count(&region.label)?;
                extend(&mut extension, &header, input, region)?;
                continue;
            }
            let name = header.name.clone();
            match Announced::new(header, std::mem::take(&mut extension)) {
                Ok(member) => self.member(input, region, &mut listing, &member)?,
                Err(reason) => return Err(refused(region, &name, reason)),
            }
        }
    }

    fn member(
        &mut self,
        input: &mut Input<'_>,
        region: &Region,
        listing: &mut Listing,
        member: &Announced,
    ) -> Result<(), PackageError> {
        if member.kind != Kind::File {
            self.count(&region.label)?;
            return special(listing, region, member, self);
        }
        let start = input.position();
        let label = || name::join(&region.label, &name::excerpt(&member.raw_name));
        let end = start.checked_add(member.size).filter(|end| {
            region.end.is_none_or(|limit| *end <= limit) && i64::try_from(*end).is_ok()
        });
        let Some(end) = end else {
            let offset = region.end.unwrap_or(start);
            return Err(PackageError::Truncated { member: label(), offset });
        };
        match name::clean(&member.raw_name) {
            Err(reason) => listing.refuse(&member.raw_name, reason),
            Ok(None) => listing.refuse(&member.raw_name, "it is a file without a name"),
            Ok(_) if member.raw_name.ends_with(b"/") => {
                listing.refuse(&member.raw_name, "it is a file with the name of a directory");
            }
            Ok(Some(name)) => {
                let place = Place { store: region.store, offset: start, size: member.size };
                let may_be_package = may_be_package(&name);
                let label = listing.member(&name);
                let found = Found { name, label, place, depth: region.depth, may_be_package };
                let entry = self.look(input, found)?;
                listing.entries.push(entry);
            }
        }
        input
            .skip_to(end)
            .map_err(|error| PackageError::reading(&label(), input.position(), error))?;
        check_padding(input, region, &member.raw_name)
    }
}

/// Members that are no files: directories mean nothing, the rest is refused. They have no content, and one that
/// claims some is read differently by every reader.
fn special(
    listing: &mut Listing,
    region: &Region,
    member: &Announced,
    scanner: &mut Scanner,
) -> Result<(), PackageError> {
    let reason = match member.kind {
        Kind::Unknown(reason) => return Err(refused(region, &member.raw_name, reason)),
        Kind::Symlink => Some("it is a symbolic link"),
        Kind::HardLink => Some("it is a hard link"),
        Kind::Special(reason) => Some(reason),
        _ => None,
    };
    if member.size > 0 {
        let reason = "it has content where none can be";
        return Err(refused(region, &member.raw_name, reason));
    }
    let name = match name::clean(&member.raw_name) {
        Ok(name) => name,
        Err(reason) => {
            listing.refuse(&member.raw_name, reason);
            return Ok(());
        }
    };
    let alias = match member.kind {
        Kind::Symlink => name.as_deref().and_then(|name| layer_alias(name, &member.raw_link)),
        _ => None,
    };
    if let (Some(name), Some(alias)) = (name, alias) {
        let place = Place { store: region.store, offset: 0, size: 0 };
        let order = scanner.count(&region.label)?;
        let head = Head::Other("a link");
        listing.entries.push(Entry {
            name,
            place,
            order,
            head,
            kept: None,
            archive: None,
            alias: Some(alias),
        });
    } else if let Some(reason) = reason {
        listing.refuse(&member.raw_name, reason);
    }
    Ok(())
}

/// The links that image archives of old do have: Docker up to 24 writes a layer once and `<id>/layer.tar` as a link to
/// `../<id>/layer.tar` after that; skopeo and podman link it to `../<digest>.tar`. Both are read as another name of
/// that member, inside the archive, when it is an image archive. No other link is.
fn layer_alias(name: &str, link: &[u8]) -> Option<String> {
    let (dir, base) = name::split(name);
    let (above, id) = name::split(dir);
    let target = std::str::from_utf8(link).ok()?.strip_prefix("../")?;
    let is_layer = match target.split_once('/') {
        Some((id, rest)) => name::is_sha256_hex(id) && rest == "layer.tar",
        None => target.strip_suffix(".tar").is_some_and(name::is_sha256_hex),
    };
    (base == "layer.tar" && name::is_sha256_hex(id) && is_layer)
        .then(|| name::within(above, target))
}

fn is_extension(kind: Kind) -> bool {
    matches!(kind, Kind::LongName | Kind::LongLink | Kind::Pax | Kind::GlobalPax)
}

fn extend(
    extension: &mut Extension,
    header: &Header,
    input: &mut Input<'_>,
    region: &Region,
) -> Result<(), PackageError> {
    let offset = input.position();
    let corrupt = |reason| PackageError::corrupt(&region.label, offset, reason);
    let (limit, what) = match header.kind {
        Kind::Pax | Kind::GlobalPax => (MAX_PAX, "a PAX header"),
        _ => (MAX_NAME as u64 + 1, "a name"),
    };
    if header.size > limit {
        let member = region.label.clone();
        return Err(PackageError::TooLarge { member, what, limit });
    }
    if region.end.is_some_and(|end| offset + header.size > end) {
        let offset = region.end.unwrap_or(offset);
        return Err(PackageError::Truncated { member: region.label.clone(), offset });
    }
    let mut data = vec![0; usize::try_from(header.size).unwrap_or(0)];
    input
        .take_exact(&mut data)
        .map_err(|error| PackageError::reading(&region.label, offset, error))?;
    check_padding(input, region, &header.name)?;
    let is_new = match header.kind {
        Kind::Pax => extension.pax.replace(Pax::parse(&data).map_err(corrupt)?).is_none(),
        Kind::GlobalPax => Pax::parse(&data).map_err(corrupt)?.is_neutral(),
        Kind::LongLink => extension.link.replace(without_nul(data)).is_none(),
        _ => extension.name.replace(without_nul(data)).is_none(),
    };
    if is_new { Ok(()) } else { Err(corrupt("extension headers contradict each other")) }
}

fn without_nul(mut name: Vec<u8>) -> Vec<u8> {
    if name.last() == Some(&0) {
        name.pop();
    }
    name
}

fn read_block(input: &mut Input<'_>, region: &Region) -> Result<[u8; BLOCK], PackageError> {
    let offset = input.position();
    if let Some(end) = region.end
        && offset + BLOCK as u64 > end
    {
        return Err(PackageError::Truncated { member: region.label.clone(), offset: end });
    }
    let mut block = [0; BLOCK];
    input
        .take_exact(&mut block)
        .map_err(|error| PackageError::reading(&region.label, offset, error))?;
    Ok(block)
}

/// Content is filled up to whole blocks with zeros. Other bytes there mean damage, here or nearby.
fn check_padding(
    input: &mut Input<'_>,
    region: &Region,
    raw_name: &[u8],
) -> Result<(), PackageError> {
    let offset = input.position();
    // Members begin at multiples of a block from the beginning of their archive, and archives in members at members.
    let used = usize::try_from((offset - region.start) % BLOCK as u64).unwrap_or(0);
    let count = (BLOCK - used) % BLOCK;
    let member = || name::join(&region.label, &name::excerpt(raw_name));
    if let Some(end) = region.end
        && offset + count as u64 > end
    {
        return Err(PackageError::Truncated { member: member(), offset: end });
    }
    let mut padding = [0; BLOCK];
    let padding = &mut padding[..count];
    input.take_exact(padding).map_err(|error| PackageError::reading(&member(), offset, error))?;
    match padding.iter().position(|byte| *byte != 0) {
        None => Ok(()),
        Some(at) => {
            let reason = "the filling after the content is not zero";
            Err(PackageError::corrupt(member(), offset + at as u64, reason))
        }
    }
}

/// After one zero block there must be another one, and nothing but zeros to the end.
fn check_tail(input: &mut Input<'_>, region: &Region) -> Result<(), PackageError> {
    let marker = input.position();
    if read_block(input, region)? != [0; BLOCK] {
        let reason = "there is a zero block between members";
        return Err(PackageError::corrupt(&region.label, marker - BLOCK as u64, reason));
    }
    let mut buffer = [0; 8 * BLOCK];
    loop {
        let offset = input.position();
        let left = region.end.map_or(u64::MAX, |end| end - offset);
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(());
        }
        let got = input
            .read(&mut buffer[..count])
            .map_err(|error| PackageError::reading(&region.label, offset, error))?;
        if got == 0 && region.end.is_none() {
            return Ok(());
        }
        if got == 0 {
            return Err(PackageError::Truncated { member: region.label.clone(), offset });
        }
        if let Some(at) = buffer[..got].iter().position(|byte| *byte != 0) {
            let reason = "there is data after the end of the archive";
            return Err(PackageError::corrupt(&region.label, offset + at as u64, reason));
        }
        if offset - marker > MAX_TAIL {
            let reason = "there are too many zeros after the end of the archive";
            return Err(PackageError::corrupt(&region.label, offset, reason));
        }
    }
}

fn refused(region: &Region, raw_name: &[u8], reason: &'static str) -> PackageError {
    let member = name::join(&region.label, &name::excerpt(raw_name));
    PackageError::UnsafeMember { member, reason }
}
