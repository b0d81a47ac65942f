//! The program `left4me-setup`; all of it is in the library, which tests read too.

fn main() -> std::process::ExitCode {
    left4me_setup::main()
}
