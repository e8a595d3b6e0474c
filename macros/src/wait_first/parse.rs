//! The arguments of `wait_first!`, and the habits of other languages and libraries.

use crate::durations::Length;
use crate::once::parse_all;
use crate::over::Over;
use crate::words::{also, error, is_one_of, not_a_keyword, set, source};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Result, Token};

/// What is between the parentheses.
pub(super) enum Arguments {
    Value(Value),
    Chain(Chain),
}

/// The value form.
#[derive(Default)]
pub(super) struct Value {
    pub(super) branches: Vec<Branch>,
    pub(super) timeout: Option<(Ident, Length)>,
    /// What was wrong without being in the way of the next argument.
    pub(super) mistakes: Option<Error>,
    /// What was wrong with the time-out, where the branches can be looked at nonetheless.
    pub(super) slips: Option<Error>,
}

/// `task`, `..tasks` or `name = task`.
pub(super) struct Branch {
    pub(super) name: Option<Ident>,
    pub(super) spread: Option<Token![..]>,
    pub(super) value: Over,
}

/// The chain form.
pub(super) struct Chain {
    pub(super) links: Vec<Link>,
    pub(super) else_: Option<Group>,
}

/// `if condition { .. }`. The block stays as it is: a half-typed one is for rustc to judge.
pub(super) struct Link {
    pub(super) condition: Expr,
    pub(super) block: Group,
}

pub(super) fn arguments(input: ParseStream<'_>) -> Result<Arguments> {
    if input.peek(Token![if]) {
        return chain(input).map(Arguments::Chain);
    }
    if let Some(mistake) = statement(input)? {
        return Err(mistake);
    }
    let mut value = Value::default();
    while !input.is_empty() {
        if let Err(mistake) = argument(input, &mut value) {
            // Not one that has been got over: where the next argument begins is unknown.
            also(&mut value.mistakes, mistake);
            input.parse::<TokenStream>()?;
        }
    }
    Ok(Arguments::Value(value))
}

/// Other statements than `if let`.
fn statement(input: ParseStream<'_>) -> Result<Option<Error>> {
    const CHAIN: &str =
        "`if let pattern = future { .. } else if let pattern = future { .. } else { .. }`";
    let message = if input.peek(Token![loop]) || input.peek(Token![while]) {
        "the loop goes around the macro\nhelp: write `loop { wait_first!(if let ..); }`".to_owned()
    } else if input.peek(Token![match]) {
        format!("a race is no `match`\nhelp: write {CHAIN}")
    } else if input.peek(Token![let]) {
        format!("a race has a block for each future\nhelp: write {CHAIN}")
    } else {
        return Ok(None);
    };
    let keyword: TokenTree = input.parse()?;
    Ok(Some(error(&keyword, message)))
}

/// One argument of the value form and the comma after it.
fn argument(input: ParseStream<'_>, value: &mut Value) -> Result<()> {
    if let Some(mistake) = habit(input)? {
        also(&mut value.mistakes, mistake);
        return comma(input);
    }
    let named = input.peek(Ident::peek_any)
        && input.peek2(Token![=])
        && !input.peek2(Token![==])
        && !input.peek2(Token![=>]);
    let mut name = None;
    if named {
        let ident = input.call(Ident::parse_any)?;
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(error(&equals, format!("expected a value for `{ident}`")));
        }
        if ident == "timeout" {
            if value.timeout.is_some() {
                let twice = error(&ident, "`timeout` is given twice");
                also(&mut value.slips, twice);
            }
            let length = Length::parse_or_any(input, &mut value.slips)?;
            value.timeout = Some((ident, length));
            return comma(input);
        }
        name = Some(ident);
    }
    let branch = branch(input, name)?;
    if let Some(message) = no_task(&branch) {
        also(&mut value.mistakes, error(&branch.value.expr, message));
    } else {
        value.branches.push(branch);
    }
    comma(input)
}

fn branch(input: ParseStream<'_>, name: Option<Ident>) -> Result<Branch> {
    let spread: Option<Token![..]> = input.parse()?;
    if spread.is_some() && (input.is_empty() || input.peek(Token![,])) {
        return Err(error(&spread, "expected tasks after `..`"));
    }
    // `$e:expr` comes as a group without delimiters: look inside, but keep its span.
    let group = input
        .cursor()
        .group(Delimiter::None)
        .map(|(_, span, _)| span.join());
    let mut value = Over::new(input.parse()?);
    if let Some(span) = group {
        value.ends = (span, span);
    }
    if input.peek(Token![:]) {
        return Err(input.error("a branch is named with `=`, as in `up = create_task(upload())`"));
    }
    if input.peek(Token![=>]) {
        return Err(match (&name, &value.expr) {
            (Some(name), future) => arrow(name, future),
            (None, Expr::Assign(assign)) => arrow(&assign.left, &assign.right),
            (None, other) => arrow(other, &quote!(future)),
        });
    }
    if let Some(name) = &name {
        not_a_keyword(name)?;
    }
    Ok(Branch {
        name,
        spread,
        value,
    })
}

/// `2s`
fn is_length(literal: &ExprLit) -> bool {
    parse_all(quote!(#literal), &mut Length::parse).is_ok()
}

/// What cannot be a task by how it is written.
fn no_task(branch: &Branch) -> Option<&'static str> {
    match &branch.value.expr {
        Expr::Lit(literal) if branch.name.is_none() && is_length(literal) => {
            Some("a time limit has a name here\nhelp: write `timeout = 2s`")
        }
        Expr::Array(_) if branch.spread.is_none() => Some(
            "a list is not a task\nhelp: write the branches without `[` and `]`, or spread the list with `..`",
        ),
        Expr::Tuple(_) => {
            Some("a tuple is not a task\nhelp: write the branches without the inner `(` and `)`")
        }
        _ => None,
    }
}

/// `tokio::select!`'s `pattern = future => handler`.
fn arrow(pattern: &dyn ToTokens, future: &dyn ToTokens) -> Error {
    let (shown, future) = (source(pattern, "pattern"), source(future, "future"));
    let message = format!(
        "this is `tokio::select!` syntax\nhelp: write `wait_first!(if let {shown} = {future} {{ .. }} else if let ..)`"
    );
    error(pattern, message)
}

fn comma(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if !input.peek(Token![,]) {
        return Err(input.error("expected `,` between two branches"));
    }
    input.parse::<Token![,]>()?;
    Ok(())
}

/// What is right elsewhere, and what to write here.
fn habit(input: ParseStream<'_>) -> Result<Option<Error>> {
    if input.peek(Ident::peek_any) && input.peek2(Token![;]) {
        let word = input.call(Ident::parse_any)?;
        if word == "biased" {
            let message = "branches are polled in the order written: remove `biased;`";
            return Err(error(&word, message));
        }
        return Err(input.error("expected `,` between two branches"));
    }
    if input.peek(Token![else]) {
        let keyword: Token![else] = input.parse()?;
        return Err(arrow(&keyword, &quote!(future)));
    }
    if input.peek(Token![let]) {
        let message = "a wait gives what is done and what is pending\nhelp: write `let (done, pending) = wait_first!(one, two).await;`";
        return Err(input.error(message));
    }
    if input.peek(Token![if]) {
        let message = "a condition of `tokio::select!` comes before the `let` here\nhelp: write `wait_first!(if condition && let pattern = future { .. } else if let ..)`";
        return Err(input.error(message));
    }
    if let Some(set) = set(input) {
        return Err(error(
            &set,
            "a set is not a task\nhelp: write the branches without `{` and `}`",
        ));
    }
    if input.peek(Token![await]) {
        let keyword: Token![await] = input.parse()?;
        input.parse::<Expr>()?;
        let message = "`await` is not needed here: the macro waits for all branches at once";
        return Ok(Some(error(&keyword, message)));
    }
    if input.peek(Token![*]) || input.peek(Token![...]) {
        let mut dots = TokenStream::new();
        while !input.is_empty()
            && (input.peek(Token![*]) || input.peek(Token![.]) || input.peek(Token![..]))
        {
            dots.extend([input.parse::<TokenTree>()?]);
        }
        let tasks: Expr = input.parse()?;
        let what = source(&tasks, "tasks");
        return Ok(Some(error(
            &quote!(#dots #tasks),
            format!("to spread tasks write `..{what}`"),
        )));
    }
    Ok(None)
}

fn chain(input: ParseStream<'_>) -> Result<Chain> {
    let mut links = Vec::new();
    let mut else_ = None;
    loop {
        input.parse::<Token![if]>()?;
        let condition = input.call(Expr::parse_without_eager_brace)?;
        if input.peek(Token![if]) {
            let message = "a condition comes before the `let`\nhelp: write `if condition && let pattern = future { .. }`";
            return Err(input.error(message));
        }
        let block = block(input, "the block of this branch, `{ .. }`")?;
        links.push(Link { condition, block });
        if input.parse::<Option<Token![else]>>()?.is_none() {
            break;
        }
        if !input.peek(Token![if]) {
            else_ = Some(block_after_else(input)?);
            break;
        }
    }
    if joined_otherwise(input) {
        return Err(input
            .error("the branches of a chain are joined by `else`\nhelp: write `else if let ..`"));
    }
    input.parse::<Option<Token![,]>>()?;
    if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
        let name = input.call(Ident::parse_any)?;
        let message = format!(
            "a chain has no options, and so no `{name}`\nhelp: for a limit, race a sleep: `else if let _ = sleep(2) {{ .. }}`"
        );
        return Err(error(&name, message));
    }
    if !input.is_empty() {
        return Err(input.error("expected `else`, or the end of `wait_first!`"));
    }
    Ok(Chain { links, else_ })
}

/// `if`, `elif`, `, if`, `; if`
fn joined_otherwise(input: ParseStream<'_>) -> bool {
    let elif = input.fork().parse::<Ident>();
    let separated = input.peek(Token![,]) || input.peek(Token![;]);
    input.peek(Token![if])
        || separated && input.peek2(Token![if])
        || elif.is_ok_and(|word| is_one_of(&word, &["elif", "elsif", "elseif"]))
}

fn block_after_else(input: ParseStream<'_>) -> Result<Group> {
    block(input, "`if let` or a block, `{ .. }`")
}

fn block(input: ParseStream<'_>, expected: &str) -> Result<Group> {
    if input.cursor().group(Delimiter::Brace).is_some()
        && let TokenTree::Group(group) = input.parse()?
    {
        return Ok(group);
    }
    Err(input.error(format!("expected {expected}")))
}
