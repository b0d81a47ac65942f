//! A gzipped tar like a game's: a third of it is compressed already, a third is noise of uneven bytes as
//! in textures, a third are words; many small files and a few large ones.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tar::{Builder, Header};

/// Makes `path` at least `size` bytes large, always the same for the same size.
pub fn make(path: &Path, size: u64) -> io::Result<()> {
    let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut tar = Builder::new(GzEncoder::new(file, Compression::default()));
    append(&mut tar, "steamcmd.sh", b"#!/bin/sh\n")?;
    let large = (size / 64).clamp(1 << 20, 32 << 20) as usize;
    let mut dice = Dice(1);
    let mut content = Vec::new();
    let mut number = 0;
    let mut made = 0;
    while made < size {
        let length = if number % 10 == 9 { large } else { large / 64 };
        content.clear();
        while content.len() < length {
            dice.piece(&mut content);
        }
        append(&mut tar, &format!("game/{}/{number}", number % 16), &content)?;
        number += 1;
        made = std::fs::metadata(path)?.len();
    }
    tar.into_inner()?.finish()?.flush()
}

fn append(tar: &mut Builder<impl io::Write>, name: &str, content: &[u8]) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o755);
    header.set_mtime(0);
    tar.append_data(&mut header, name, content)
}

/// SplitMix64
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 24 KiB: of each kind a third.
    fn piece(&mut self, into: &mut Vec<u8>) {
        const WORDS: [&[u8]; 8] = [
            b"the ",
            b"survivor ",
            b"infected ",
            b"{\n\t",
            b"}\n",
            b"\"$basetexture\" ",
            b"models/",
            b"0.125 ",
        ];
        for _ in 0..1024 {
            into.extend(self.roll().to_le_bytes());
        }
        for _ in 0..1024 {
            into.extend((self.roll() & self.roll()).to_le_bytes());
        }
        let end = into.len() + (8 << 10);
        while into.len() < end {
            let roll = self.roll();
            into.extend(WORDS[(roll % 8) as usize]);
            into.extend((roll >> 60).to_string().as_bytes());
        }
        into.truncate(end);
    }
}
