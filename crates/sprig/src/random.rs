//! Random strings and numbers, all of them from the caller's entropy.

use gotemplate::{Call, Failure, Function, Type, Value};

use crate::argument::Arguments;
use crate::encoding;
use crate::environment::Environment;
use crate::inventory::functions;
use crate::rune::runes;

const INT: Type = Type::INT;

pub(crate) fn functions<H: Environment>() -> Vec<Function<H>> {
    functions! {
        "randAlphaNum" (INT) @ |call, args| text(call, args, u8::is_ascii_alphanumeric);
        "randAlpha" (INT) @ |call, args| text(call, args, u8::is_ascii_alphabetic);
        "randNumeric" (INT) @ |call, args| text(call, args, u8::is_ascii_digit);
        "randAscii" (INT) @ |call, args| text(call, args, |byte| (b' '..=b'~').contains(byte));
        "randBytes" (INT) @ bytes;
        "shuffle" (Type::String) @ shuffle;
        "uuidv4" () @ uuid;
    }
}

/// A number below `range`, each as likely as any other. `range` is not 0.
pub(crate) fn below(host: &mut impl Environment, range: u64) -> u64 {
    // What is left over of all numbers when they are dealt out evenly is drawn again.
    let surplus = (u64::MAX % range + 1) % range;
    loop {
        let mut bytes = [0; 8];
        host.random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number <= u64::MAX - surplus {
            return number % range;
        }
    }
}

fn text<H: Environment>(
    call: &mut Call<'_, H>,
    args: &[Value],
    fits: fn(&u8) -> bool,
) -> Result<Value, Failure> {
    let count = usize::try_from(args.integer(0)).unwrap_or(0);
    call.reserve(count)?;
    let alphabet: Vec<u8> = (0..=u8::MAX).filter(fits).collect();
    let surplus = 256 % alphabet.len();
    let mut out = Vec::with_capacity(count);
    let mut pool = [0; 64];
    while out.len() < count {
        call.host.random(&mut pool);
        let drawn =
            pool.iter().map(|byte| usize::from(*byte)).filter(|number| *number < 256 - surplus);
        out.extend(drawn.map(|number| alphabet[number % alphabet.len()]).take(count - out.len()));
    }
    Ok(Value::string(out))
}

fn bytes<H: Environment>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let Ok(count) = usize::try_from(args.integer(0)) else {
        return Err(Failure::new("runtime error: makeslice: len out of range"));
    };
    call.reserve(count.saturating_mul(2))?;
    let mut bytes = vec![0; count];
    call.host.random(&mut bytes);
    Ok(encoding::base64(&bytes).into())
}

fn shuffle<H: Environment>(call: &mut Call<'_, H>, args: &[Value]) -> Result<Value, Failure> {
    let mut characters: Vec<char> = runes(args.text(0)).map(|(_, c)| c).collect();
    for at in (1..characters.len()).rev() {
        let other = below(call.host, at as u64 + 1);
        characters.swap(at, usize::try_from(other).unwrap_or(at));
    }
    Ok(characters.into_iter().collect::<String>().into())
}

fn uuid<H: Environment>(call: &mut Call<'_, H>, _: &[Value]) -> Result<Value, Failure> {
    let mut bytes = [0; 16];
    call.host.random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = encoding::hex(&bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
}
