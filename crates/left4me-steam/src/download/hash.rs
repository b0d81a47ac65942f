//! SHA-256 of all that is read through it.

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Hashes what `inner` gives.
pub struct Hash<R> {
    inner: R,
    sha256: Sha256,
}

impl<R> Hash<R> {
    /// Nothing has been read yet.
    pub fn new(inner: R) -> Hash<R> {
        Hash { inner, sha256: Sha256::new() }
    }

    /// What it read from, and the digest of all that came, in hexadecimal.
    pub fn finish(self) -> (R, String) {
        (self.inner, hex(&self.sha256.finalize()))
    }
}

/// A digest in hexadecimal.
pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<R: Read> Read for Hash<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.sha256.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digest() {
        let mut hash = Hash::new(&b"abc"[..]);
        io::copy(&mut hash, &mut io::sink()).unwrap();
        let (rest, digest) = hash.finish();
        assert!(rest.is_empty());
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
