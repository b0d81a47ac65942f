//! What kind of program a file is, from its first bytes.

/// The first bytes that [`is_elf32_x86`] needs.
pub const HEADER: usize = 20;

/// Whether `header` starts a 32-bit little-endian x86 ELF file, which is what `srcds_linux` must be.
pub fn is_elf32_x86(header: &[u8]) -> bool {
    const ELFCLASS32: u8 = 1;
    const LITTLE_ENDIAN: u8 = 1;
    const EM_386: [u8; 2] = [3, 0];
    header.len() >= HEADER
        && header.starts_with(b"\x7fELF")
        && header[4] == ELFCLASS32
        && header[5] == LITTLE_ENDIAN
        && header[18..20] == EM_386
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let mut elf = [0u8; HEADER];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        elf[18] = 3;
        assert!(is_elf32_x86(&elf));
        let mut wide = elf;
        wide[4] = 2;
        let mut arm = elf;
        arm[18] = 40;
        for other in [&wide[..], &arm[..], &elf[..19], b"#!/bin/sh\nexit 0\n\n\n\n\n", b""] {
            assert!(!is_elf32_x86(other));
        }
    }
}
