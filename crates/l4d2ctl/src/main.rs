//! The program `l4d2ctl`; all of it is in the library, which tests read too.

fn main() -> std::process::ExitCode {
    l4d2ctl::main()
}
