//! The HTTPS client: whom it trusts, how long it waits, where it follows.

use super::source::is_allowed;
use left4me::{Context, Result};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(15);
const REDIRECTS: usize = 5;

/// A client that gives up on a server after this long a silence.
pub fn client(silence: Duration) -> Result<Client> {
    // The first call decides for the process; a second one changes nothing and is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("left4me-setup/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT.min(silence))
        // In the blocking client this bounds each single read, not the whole transfer.
        .timeout(silence)
        .redirect(Policy::custom(|attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(format!("more than {REDIRECTS} redirects"));
            }
            match is_allowed(attempt.url()) {
                true => attempt.follow(),
                false => {
                    let to = attempt.url().clone();
                    attempt.error(format!("redirected to {to}, which is not https"))
                }
            }
        }))
        .build()
        .context(|| "cannot set up HTTPS".into())
        .map_err(|e| e.hint("apt install ca-certificates"))
}
