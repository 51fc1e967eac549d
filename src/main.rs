//! The commands of veedel.

use std::io::IsTerminal;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format;
use veedel::boot::{self, print};
use veedel::config::Fault;
use veedel::config::command_line::{self, Command, LogFormat};
use veedel::error::{Error, printable};
use veedel::work::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let command = match command_line::parse(std::env::args_os()) {
        Ok(command) => command,
        Err(stop) => {
            if stop.code == 0 {
                print::out(&stop.text)
            } else {
                print::complain(&stop.text)
            }
            return if print::is_lost() { ExitCode::FAILURE } else { ExitCode::from(stop.code) };
        }
    };
    let outcome = match command {
        Command::Serve(arguments) => {
            log_to_stderr(arguments.log_format);
            match arguments.settings() {
                Ok(settings) => {
                    let reread = Box::new(move || arguments.settings());
                    run(async { boot::serve(settings, reread).await.map(|()| 0) })
                }
                Err(faults) => Ok(print_all(&faults)),
            }
        }
        Command::Check(arguments) => {
            log_to_stderr(LogFormat::Text);
            match arguments.settings() {
                Ok(settings) => run(async { Ok(boot::check::check(&settings).await) }),
                Err(faults) => Ok(print_all(&faults)),
            }
        }
        Command::Feed(action) => {
            log_to_stderr(LogFormat::Text);
            run(boot::feed::feed(&action))
        }
        Command::Access(action) => match veedel::config::read(action.config().map(AsRef::as_ref)) {
            Ok(settings) => boot::access::access(&action, &settings.policy),
            Err(faults) => Ok(print_all(&faults)),
        },
        Command::Key(action) => match action.of().state() {
            Ok((settings, state)) => run(boot::key::key(&action, &settings, &state)),
            Err(faults) => Ok(print_all(&faults)),
        },
        Command::Audit(action) => match action.of().state() {
            Ok((_, state)) => run(boot::audit::audit(&action, &state)),
            Err(faults) => Ok(print_all(&faults)),
        },
        Command::State(action) => match action.of().state() {
            Ok((_, state)) => run(boot::state::state(&action, &state)),
            Err(faults) => Ok(print_all(&faults)),
        },
        Command::Tiles(action) => run(boot::tiles::tiles(&action)),
        Command::Import(arguments) => {
            log_to_stderr(LogFormat::Text);
            match arguments.destination() {
                Ok(destination) => boot::import::import(&arguments, &destination),
                Err(fault) => Ok(print_all(&[fault])),
            }
        }
    };
    match outcome {
        Ok(0) if !print::is_lost() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            print::complain(format_args!("veedel: {}\n", printable(&why.to_string())));
            ExitCode::FAILURE
        }
    }
}

fn run(task: impl Future<Output = Result<usize, Error>>) -> Result<usize, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(task);
            // Work that goes on though nobody waits for it ends with the process.
            runtime.shutdown_background();
            outcome
        }
        Err(fault) => Err(Error::internal(format!("cannot start: {fault}"))),
    }
}

fn print_all(faults: &[Fault]) -> usize {
    faults.iter().for_each(boot::complain);
    faults.len()
}

/// What is logged by default. An icon that cannot be read is named by us, with its file.
const LOGGED: &str = "info,usvg=off,oxipng=warn";

/// `VEEDEL_LOG` (like `info,veedel=debug`) chooses what is logged.
fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_env("VEEDEL_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where nobody reads the log, nobody reads that it cannot be written.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match format {
        LogFormat::Text => {
            // A name with a line feed in it must not begin a line.
            let fields = format::debug_fn(|writer, field, value| {
                let text = format!("{value:?}");
                match field.name() {
                    "message" => write!(writer, "{}", printable(&text)),
                    name => write!(writer, "{name}={}", printable(&text)),
                }
            });
            lines.fmt_fields(fields.delimited(" ")).init();
        }
        LogFormat::Json => lines.json().init(),
    }
}
