//! The arguments of `gather!`, and the habits of other languages and libraries.

use crate::over::Over;
use crate::words::{also, error, not_a_keyword, set, source};
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Lit, Result, Token, Type, token};

/// What is between the parentheses.
#[derive(Default)]
pub(super) struct Arguments {
    pub(super) branches: Vec<Branch>,
    pub(super) limit: Option<(Ident, Expr)>,
    pub(super) return_exceptions: Option<(Ident, bool)>,
    pub(super) error: Option<(Ident, Type)>,
    /// What was wrong without being in the way of the next argument.
    pub(super) mistakes: Option<Error>,
    /// What was wrong with an option, where the branches can be looked at nonetheless.
    pub(super) slips: Option<Error>,
}

/// `future`, `..iterator`, `name = future` or `name = ..iterator`.
pub(super) struct Branch {
    pub(super) name: Option<Ident>,
    pub(super) spread: bool,
    pub(super) value: Over,
}

pub(super) fn arguments(input: ParseStream<'_>) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    while !input.is_empty() {
        if let Err(mistake) = argument(input, &mut arguments) {
            // Not one that has been got over: where the next argument begins is unknown.
            also(&mut arguments.mistakes, mistake);
            input.parse::<TokenStream>()?;
        }
    }
    Ok(arguments)
}

/// One argument and the comma after it.
fn argument(input: ParseStream<'_>, arguments: &mut Arguments) -> Result<()> {
    if let Some(name) = name(input)? {
        named(input, name, arguments)?;
    } else if let Some(branch) = branch(input, None, &mut arguments.mistakes)? {
        arguments.branches.push(branch);
    }
    comma(input)
}

/// `name =`, if that is what comes next.
fn name(input: ParseStream<'_>) -> Result<Option<Ident>> {
    if !input.peek(Ident::peek_any) || !input.peek2(Token![=]) || input.peek2(Token![==]) {
        return Ok(None);
    }
    if input.peek2(Token![=>]) {
        return Ok(None);
    }
    let name = input.call(Ident::parse_any)?;
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(error(&equals, format!("expected a value for `{name}`")));
    }
    Ok(Some(name))
}

fn named(input: ParseStream<'_>, name: Ident, arguments: &mut Arguments) -> Result<()> {
    let twice = match name.to_string().as_str() {
        "limit" => arguments
            .limit
            .replace((name.clone(), input.parse()?))
            .is_some(),
        "return_exceptions" => {
            let value = boolean(input, &name, &mut arguments.slips)?;
            arguments
                .return_exceptions
                .replace((name.clone(), value))
                .is_some()
        }
        "error" => arguments
            .error
            .replace((name.clone(), error_type(input)?))
            .is_some(),
        _ => {
            not_a_keyword(&name)?;
            let branch = branch(input, Some(name), &mut arguments.mistakes)?;
            arguments.branches.extend(branch);
            return Ok(());
        }
    };
    if twice {
        let twice = error(&name, format!("`{name}` is given twice"));
        also(&mut arguments.slips, twice);
    }
    Ok(())
}

fn comma(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    if input.peek(Token![;]) {
        return Err(input.error("expected `,` between branches and options"));
    }
    if input.peek(Token![=>]) {
        return Err(input.error(
            "`gather!` has no handlers: its results come as a tuple\nhelp: write `let (a, b) = gather!(f(), g()).await;`",
        ));
    }
    if input.peek(Token![for]) {
        return Err(input.error(NO_COMPREHENSIONS));
    }
    if input.peek(Token![:]) {
        return Err(input.error("a branch is named with `=`, as in `user = fetch_user()`"));
    }
    if !input.peek(Token![,]) {
        return Err(input.error("expected `,` between two branches"));
    }
    input.parse::<Token![,]>()?;
    Ok(())
}

/// The type that errors become.
fn error_type(input: ParseStream<'_>) -> Result<Type> {
    // On a fork: syn lists all that a type can begin with.
    match input.fork().parse::<Type>() {
        Ok(_) => input.parse(),
        Err(_) => Err(input.error("`error` takes a type, as in `error = MyError`")),
    }
}

/// `true` or `false`, and nothing else.
fn boolean(input: ParseStream<'_>, name: &Ident, mistakes: &mut Option<Error>) -> Result<bool> {
    let value: Expr = input.parse()?;
    if let Expr::Lit(literal) = &value
        && let Lit::Bool(literal) = &literal.lit
    {
        return Ok(literal.value);
    }
    let help = match quote!(#value).to_string().as_str() {
        "True" => "help: Rust spells it `true`",
        "False" => "help: Rust spells it `false`",
        _ => "note: it decides the type of the result, so it cannot be a variable",
    };
    also(
        mistakes,
        error(
            &value,
            format!("`{name}` must be `true` or `false`\n{help}"),
        ),
    );
    Ok(true)
}

/// A branch; `None` where it is wrong, which is then among the mistakes.
fn branch(
    input: ParseStream<'_>,
    name: Option<Ident>,
    mistakes: &mut Option<Error>,
) -> Result<Option<Branch>> {
    if let Some(mistake) = habit(input)? {
        also(mistakes, mistake);
        return Ok(None);
    }
    let dots: Option<Token![..]> = input.parse()?;
    if dots.is_some() && input.peek(Token![for]) {
        return Err(input.error(NO_COMPREHENSIONS));
    }
    if dots.is_some() && (input.is_empty() || input.peek(Token![,])) {
        return Err(error(&dots, "expected an iterator of futures after `..`"));
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
    let list = match &value.expr {
        Expr::Array(_) if dots.is_none() => {
            "a list is not a future\nhelp: write the branches without `[` and `]`, or spread the list with `..`"
        }
        Expr::Tuple(_) => {
            "a tuple is not a future\nhelp: write the branches without the inner `(` and `)`"
        }
        _ => {
            let spread = dots.is_some();
            return Ok(Some(Branch {
                name,
                spread,
                value,
            }));
        }
    };
    also(mistakes, error(&value.expr, list));
    Ok(None)
}

const NO_COMPREHENSIONS: &str =
    "Rust has no comprehensions\nhelp: write `..items.iter().map(|item| fetch(item))`";

/// `{ "user": fetch_user() }`
fn is_dictionary(input: ParseStream<'_>) -> bool {
    let Some((inside, _, _)) = input.cursor().group(Delimiter::Brace) else {
        return false;
    };
    let Some((first, rest)) = inside.token_tree() else {
        return false;
    };
    let is_key = matches!(first, TokenTree::Literal(_) | TokenTree::Ident(_));
    let colon = rest.punct().map(|(punct, _)| punct);
    is_key && colon.is_some_and(|punct| punct.as_char() == ':' && punct.spacing() == Spacing::Alone)
}

/// What is right elsewhere, and what to write here.
fn habit(input: ParseStream<'_>) -> Result<Option<Error>> {
    if input.peek(Ident::peek_any)
        && input.peek2(Token![;])
        && input.fork().call(Ident::parse_any)? == "biased"
    {
        let biased: Ident = input.parse()?;
        let message = "branches are polled in the order written: remove `biased;`";
        return Err(error(&biased, message));
    }
    if input.peek(Token![let]) {
        let message = "`gather!` gives all of its results at once\nhelp: write `let (a, b) = gather!(f(), g()).await;`";
        return Err(input.error(message));
    }
    if is_dictionary(input) {
        let dictionary: TokenTree = input.parse()?;
        let message = "Rust has no dictionaries\nhelp: name the branches: `user = fetch_user(), posts = fetch_posts()`";
        return Ok(Some(error(&dictionary, message)));
    }
    if let Some(set) = set(input) {
        return Err(error(
            &set,
            "a set is not a future\nhelp: write the branches without `{` and `}`",
        ));
    }
    if input.peek(Token![...]) || input.peek(Token![..=]) {
        let dots: TokenTree = input.parse()?;
        let dots = if let TokenTree::Punct(_) = &dots {
            let (second, third): (TokenTree, TokenTree) = (input.parse()?, input.parse()?);
            quote!(#dots #second #third)
        } else {
            quote!(#dots)
        };
        let items: Expr = input.parse()?;
        let what = source(&items, "iter");
        let message = format!("to spread an iterator write `..{what}`, with two dots");
        return Ok(Some(error(&quote!(#dots #items), message)));
    }
    if input.peek(Token![*]) {
        return star(input).map(Some);
    }
    if input.peek(Token![await]) {
        let keyword: Token![await] = input.parse()?;
        input.parse::<Expr>()?;
        let message = "`await` is not needed here: the macro awaits all branches at once";
        return Ok(Some(error(&keyword, message)));
    }
    Ok(None)
}

/// `*tasks`, `*[f(x) for x in xs]`, `**options`.
fn star(input: ParseStream<'_>) -> Result<Error> {
    let star: Token![*] = input.parse()?;
    if input.peek(Token![*]) {
        let second: Token![*] = input.parse()?;
        return Err(error(
            &quote!(#star #second),
            "`**` is not Rust: options are written out, as in `return_exceptions = true`",
        ));
    }
    if input.peek(token::Bracket) && input.fork().parse::<Expr>().is_err() {
        let comprehension: TokenTree = input.parse()?;
        return Ok(error(&quote!(#star #comprehension), NO_COMPREHENSIONS));
    }
    let items: Expr = input.parse()?;
    let what = source(&items, "iter");
    let at: TokenStream = quote!(#star #items);
    Ok(error(
        &at,
        format!(
            "to spread an iterator write `..{what}`\nnote: `*{what}` would dereference it; if that is what you mean, write `(*{what})`"
        ),
    ))
}
