//! `.Files`: the files of a chart that are neither templates nor its own.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use gotemplate::{Failure, List, Map, Method, Object, Shape, Type, Value};

use crate::File;
use crate::glob::Glob;

/// Go's `engine.files`, a `map[string][]byte` with methods. It becomes such a map only where a template looks at it as
/// one.
pub(super) struct Files(BTreeMap<String, Bytes>);

impl Files {
    pub(super) fn new(files: &[File]) -> Self {
        Self(files.iter().map(|file| (file.path.clone(), file.data.clone())).collect())
    }

    /// By the last component of their names; of several with the same, the last.
    fn by_name(&self, text: impl Fn(&Bytes) -> String) -> Value {
        let entry = |(path, data): (&String, &Bytes)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            (name.to_owned(), goyaml::Value::String(text(data)))
        };
        let map = goyaml::Value::Map(self.0.iter().map(entry).collect());
        // helm, too, makes an empty text of what cannot be written.
        goyaml::to_yaml(&map).unwrap_or_default().into()
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn shape(&self) -> Shape {
        static BYTES_MAP: Type = Type::Map(&Type::BYTES);
        let map = Map::typed(&BYTES_MAP);
        for (path, data) in &self.0 {
            // It is not Go's nil map.
            let _ = map.insert(path.as_str(), Value::List(List::bytes(data.to_vec())));
        }
        Shape::Alias(map.into())
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

static METHODS: [Method; 6] = [
    Method { name: "Get", params: &[Type::String], variadic: None, body: get },
    Method { name: "GetBytes", params: &[Type::String], variadic: None, body: get_bytes },
    Method { name: "Glob", params: &[Type::String], variadic: None, body: glob },
    Method { name: "AsConfig", params: &[], variadic: None, body: as_config },
    Method { name: "AsSecrets", params: &[], variadic: None, body: as_secrets },
    Method { name: "Lines", params: &[Type::String], variadic: None, body: lines },
];

fn files(receiver: &Value) -> Result<&Files, Failure> {
    receiver.downcast().ok_or_else(|| Failure::new("not a collection of files"))
}

fn find<'a>(receiver: &'a Value, args: &[Value]) -> Result<Option<&'a Bytes>, Failure> {
    let path = args.first().and_then(Value::as_str).unwrap_or_default();
    Ok(files(receiver)?.0.get(path))
}

fn get(receiver: &Value, args: &[Value]) -> Result<Value, Failure> {
    let data = find(receiver, args)?.map_or(&[][..], |data| &data[..]);
    Ok(Value::string(data))
}

fn get_bytes(receiver: &Value, args: &[Value]) -> Result<Value, Failure> {
    let data = find(receiver, args)?.map_or_else(Vec::new, |data| data.to_vec());
    Ok(Value::List(List::bytes(data)))
}

fn glob(receiver: &Value, args: &[Value]) -> Result<Value, Failure> {
    let pattern = Glob::parse(args.first().and_then(Value::as_str).unwrap_or_default());
    let all = files(receiver)?.0.iter();
    let found = all
        .filter(|(path, _)| pattern.matches(path))
        .map(|(path, data)| (path.clone(), data.clone()));
    Ok(Value::Object(Rc::new(Files(found.collect()))))
}

fn as_config(receiver: &Value, _: &[Value]) -> Result<Value, Failure> {
    Ok(files(receiver)?.by_name(|data| goyaml::to_text(data).into_owned()))
}

fn as_secrets(receiver: &Value, _: &[Value]) -> Result<Value, Failure> {
    Ok(files(receiver)?.by_name(|data| STANDARD.encode(data)))
}

fn lines(receiver: &Value, args: &[Value]) -> Result<Value, Failure> {
    let data = find(receiver, args)?.map_or(&[][..], |data| &data[..]);
    if data.is_empty() {
        return Ok(Value::List(List::typed(&Type::STRING_SLICE, Vec::new())));
    }
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    Ok(Value::List(List::strings(data.split(|byte| *byte == b'\n').map(Value::string))))
}
