//! Runs programs on this project's API.

mod control;
mod many;
mod sync;
mod world;

use crate::program::{Block, Body, Program, Stmt};
use futures::future::BoxFuture;
use std::sync::{Arc, Once};
use std::time::Duration;
use tracing::subscriber::NoSubscriber;
use world::{Error, World};

/// How long a program may take, in its own milliseconds: what has not ended by then never does.
const HORIZON: u64 = 1_000_000;

/// How long a program may take in real time, in its own milliseconds.
pub const LONG: u64 = 4_000;

/// What a statement or a block comes to.
type Done = Result<(), Error>;

/// A part of a program, as a future of its own.
type Part = BoxFuture<'static, Done>;

/// Runs a program on the single-threaded loop and the virtual clock.
#[must_use]
pub fn on_virtual_clock(program: &Program) -> Vec<String> {
    be_quiet();
    let world = World::new(program, Duration::from_millis(1));
    let main = program.main.clone();
    asyncio::__private::run_test(false, None, async move {
        world.start();
        world.spawn(&Body {
            name: "main".into(),
            block: main,
        });
        world.sleep(HORIZON).await;
        world.note_unfinished();
        world.lines()
    })
}

/// Runs programs side by side on the multi-threaded runtime, in real time: one of their milliseconds takes `unit`.
/// They have to end by themselves, within [`LONG`].
#[must_use]
pub fn on_many_threads(programs: &[Program], unit: Duration) -> Vec<Vec<String>> {
    be_quiet();
    let runs = programs.iter().cloned().map(move |program| async move {
        let world = World::new(&program, unit);
        world.start();
        world.spawn(&Body {
            name: "main".into(),
            block: program.main.clone(),
        });
        let ended = asyncio::timeout(world.time(LONG), world.all_ended()).await;
        if ended.is_err() {
            world.note_unfinished();
        }
        world.lines()
    });
    let mut runner = asyncio::Runner::new().multi_thread();
    runner.run(async {
        let tasks: Vec<_> = runs.map(asyncio::create_task).collect();
        let traces = asyncio::gather!(..tasks).await;
        traces.expect("nobody cancels them")
    })
}

/// What nobody retrieves is not what is tested here.
fn be_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|_| ()));
        asyncio::set_exception_handler(Some(Box::new(|_| ())));
        let _other = tracing::subscriber::set_global_default(NoSubscriber::new());
    });
}

/// Runs what has a name of its own, and gives the name.
async fn body(world: Arc<World>, body: Body) -> Result<Arc<str>, Error> {
    world.trace(&body.name, "start");
    block(&world, &body.name, &body.block).await?;
    world.trace(&body.name, "end");
    Ok(body.name)
}

/// Runs statements, one after the other.
fn block(world: &Arc<World>, me: &Arc<str>, block: &Block) -> Part {
    let (world, me, block) = (Arc::clone(world), Arc::clone(me), Arc::clone(block));
    Box::pin(async move {
        for stmt in block.iter() {
            run(&world, &me, stmt).await?;
        }
        Ok(())
    })
}

async fn run(world: &Arc<World>, me: &Arc<str>, stmt: &Stmt) -> Done {
    match stmt {
        Stmt::Sleep { ms } => {
            world.sleep(*ms).await;
            world.trace(me, format_args!("slept {ms}"));
            Ok(())
        }
        Stmt::Spawn { body } => {
            world.spawn(body);
            Ok(())
        }
        Stmt::Await { task } => control::wait_for_task(world, me, task).await,
        Stmt::Cancel { task } => {
            control::cancel(world, me, task);
            Ok(())
        }
        Stmt::Raise { error } => {
            world.trace(me, format_args!("raises {error}"));
            Err(Error::new(error.as_str()))
        }
        Stmt::Try {
            block,
            handler,
            cleanup,
        } => control::try_(world, me, block, handler.as_ref(), cleanup.as_ref()).await,
        Stmt::WaitFor { ms, block } => control::wait_for(world, me, *ms, block).await,
        Stmt::Timeout { ms, block } => control::timeout(world, me, *ms, block).await,
        Stmt::Gather {
            children,
            return_exceptions,
            tasks,
        } => many::gather(world, me, children, *return_exceptions, *tasks).await,
        Stmt::Wait {
            tasks,
            return_when,
            timeout,
        } => many::wait(world, me, tasks, *return_when, *timeout).await,
        Stmt::Group { children, block } => many::group(world, me, children, block).await,
        Stmt::Shield { body } => many::shield(world, me, body).await,
        _ => sync::run(world, me, stmt).await,
    }
}
