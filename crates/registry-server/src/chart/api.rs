//! The chart repository's requests.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::index;
use super::multipart::{Form, boundary};
use super::record::{ChartRecord, check_entry};
use crate::blocking::blocking;
use crate::body::ReplyBody;
use crate::chart::Project;
use crate::error::{ApiError, Code};
use crate::reply::{Reply, ReplyExt as _, json as reply_json, status};
use crate::request::Call;
use crate::route::ChartRoute;
use crate::store::{NewChart, OnExisting, StoreError};
use crate::timestamp::rfc3339;

/// What the heads and boundaries of a form may add to a chart, in bytes.
const FORM_OVERHEAD: u64 = 64 << 10;

/// Answers a request for a project's charts.
pub(crate) async fn answer(
    call: Call,
    project: Project,
    route: ChartRoute,
) -> Result<Reply, ApiError> {
    match (&call.method, route) {
        (&Method::POST, ChartRoute::All) => upload(call, project).await,
        (&Method::DELETE, ChartRoute::Version(name, version)) => {
            delete(&call, project, name, version).await
        }
        (&Method::GET | &Method::HEAD, route) => read(&call, project, route).await,
        (_, ChartRoute::All) => Err(ApiError::method("GET, HEAD, POST")),
        (_, ChartRoute::Version(..)) => Err(ApiError::method("GET, HEAD, DELETE")),
        _ => Err(ApiError::method("GET, HEAD")),
    }
}

async fn read(call: &Call, project: Project, route: ChartRoute) -> Result<Reply, ApiError> {
    let wanted = project.clone();
    let records = call.shared.read(move |store| store.charts(&wanted)).await?;
    match route {
        ChartRoute::Index => {
            let text = index::render(records, &rfc3339(SystemTime::now()));
            let mut reply = status(StatusCode::OK);
            *reply.body_mut() = ReplyBody::full(text);
            Ok(reply.with(header::CONTENT_TYPE, "application/x-yaml"))
        }
        ChartRoute::File(name) => file(call, project, &records, &name).await,
        ChartRoute::All => Ok(reply_json(StatusCode::OK, &list(&project, records))),
        ChartRoute::Versions(name) => {
            let names = index::by_name(records);
            let versions = names.get(&name).ok_or(StoreError::ChartUnknown)?;
            Ok(reply_json(StatusCode::OK, &versions.iter().map(index::version).collect::<Vec<_>>()))
        }
        ChartRoute::Version(name, version) => {
            let is_wanted = |record: &&ChartRecord| {
                record.entry.name == name && record.entry.version == version
            };
            let record = records.iter().find(is_wanted).ok_or(StoreError::ChartUnknown)?;
            Ok(reply_json(StatusCode::OK, &index::version(record)))
        }
    }
}

/// All charts: ChartMuseum shows every version, Harbor one line for each chart.
fn list(project: &Project, records: Vec<ChartRecord>) -> Value {
    let names = index::by_name(records);
    if project.name().is_some() {
        return names.iter().map(|(name, versions)| index::summary(name, versions)).collect();
    }
    let versions = |records: Vec<ChartRecord>| records.iter().map(index::version).collect();
    let shown: Map<String, Value> =
        names.into_iter().map(|(name, records)| (name, versions(records))).collect();
    Value::Object(shown)
}

/// An archive or, with `.prov` behind its name, its provenance file. The name is looked up, never used as a path.
async fn file(
    call: &Call,
    project: Project,
    records: &[ChartRecord],
    name: &str,
) -> Result<Reply, ApiError> {
    let content = records.iter().find_map(|record| {
        let rest = name.strip_prefix(&record.entry.file_name())?;
        match rest {
            "" => Some((record.archive.clone(), "application/gzip")),
            ".prov" => Some((record.provenance.clone()?, "application/pgp-signature")),
            _ => None,
        }
    });
    let (content, media_type) = content.ok_or(StoreError::ChartUnknown)?;
    let mut reply = status(StatusCode::OK)
        .with(header::CONTENT_TYPE, media_type)
        .with(header::ETAG, &format!("\"{}\"", content.digest))
        .with(header::CONTENT_LENGTH, &content.size.to_string());
    if call.method == Method::GET {
        let blob = call.shared.read(move |store| store.open_chart(&project, &content)).await?;
        *reply.body_mut() = ReplyBody::blob(blob).await?;
    }
    Ok(reply)
}

async fn upload(mut call: Call, project: Project) -> Result<Reply, ApiError> {
    call.shared.check_writable()?;
    let shared = call.shared.clone();
    let Some(reader) = shared.chart_reader.clone() else {
        return Err(ApiError::new(Code::Unsupported, "this chart repository takes no uploads"));
    };
    let _place = shared.chart_uploads.acquire().await.map_err(|_| ApiError::not_found())?;
    let form = receive(&mut call).await?;
    let archive = form.chart.ok_or_else(|| refusal("the form has no file in the field `chart`"))?;
    let on_existing =
        if call.query.is_set("force") { OnExisting::Replace } else { OnExisting::Refuse };
    let read = move || {
        let entry = reader(&archive)?;
        check_entry(&entry)?;
        Ok(NewChart { entry, archive, provenance: form.provenance, on_existing })
    };
    let chart = blocking(read).await.map_err(|reason: String| {
        refusal(format!("this is not a chart: {}", reason.escape_debug()))
    })?;
    shared.write(move |store| store.put_chart(&project, &chart)).await?;
    Ok(reply_json(StatusCode::CREATED, &json!({ "saved": true })))
}

/// The files of an upload: those of a form, or the whole body as the chart.
async fn receive(call: &mut Call) -> Result<Form, ApiError> {
    let limit = call.shared.limits.chart_size;
    let content_type = call.header(header::CONTENT_TYPE).unwrap_or_default().to_owned();
    let Some(boundary) = boundary(&content_type) else {
        let chart = call.body.read_all(limit).await?;
        return Ok(Form { chart: Some(chart), provenance: None });
    };
    let body: Bytes = call.body.read_all(limit + FORM_OVERHEAD).await?;
    Form::parse(&body, boundary).map_err(refusal)
}

async fn delete(
    call: &Call,
    project: Project,
    name: String,
    version: String,
) -> Result<Reply, ApiError> {
    call.shared.check_writable()?;
    call.shared.write(move |store| store.delete_chart(&project, &name, &version)).await?;
    Ok(reply_json(StatusCode::OK, &json!({ "deleted": true })))
}

fn refusal(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::Unknown, message).with_status(StatusCode::BAD_REQUEST)
}
