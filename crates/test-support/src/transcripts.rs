//! The transcripts of `tests/steam/transcripts.txt`: what SteamCMD prints when it fails.

/// One failed session.
pub struct Transcript {
    /// Its output, as SteamCMD prints it.
    pub text: String,
    /// Its exit code.
    pub exit: i32,
    /// How many attempts an update makes of it.
    pub attempts: usize,
    /// What the error has to say.
    pub message: &'static str,
    /// What the hint has to say.
    pub hint: &'static str,
}

/// All of them.
pub fn load() -> Vec<Transcript> {
    let mut transcripts: Vec<Transcript> = Vec::new();
    for line in include_str!("../../../tests/steam/transcripts.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix("== ") {
            let fields: Vec<&str> = header.split(" | ").collect();
            let [exit, attempts, message, hint] = fields[..] else { panic!("{line}") };
            let (exit, attempts) = (exit.parse().unwrap(), attempts.parse().unwrap());
            transcripts.push(Transcript { text: String::new(), exit, attempts, message, hint });
        } else if let Some(last) = transcripts.last_mut() {
            last.text.push_str(&line.replace("\\e", "\u{1b}"));
            last.text.push('\n');
        }
    }
    transcripts
}
