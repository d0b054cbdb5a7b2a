// What the admin API is, for programs: OpenAPI 3.1 from the table of its routes.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "apilab/sandbox/admin/internal/routes.hpp"

namespace apilab::sandbox::admin {

namespace json = boost::json;

namespace {

// JSON Schema 2020-12, by name.
constexpr std::string_view schemas = R"json({
"Object": {"type": "object"},
"Strings": {"type": "object", "additionalProperties": {"type": "string"}},
"Numbers": {"type": "object", "additionalProperties": {"type": "integer"}},
"Count": {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}},
"Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
  "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
  "detail": {"type": "string"},
  "pointer": {"type": "string", "description": "JSON pointer of the wrong field"},
  "parameter": {"type": "string", "description": "The wrong query parameter"}}},
"Health": {"type": "object", "required": ["status", "run"], "properties": {
  "status": {"const": "ok"}, "run": {"type": "string"}, "speed": {"type": "integer"},
  "clock": {"enum": ["running", "frozen"]}}},
"Version": {"type": "object", "properties": {"name": {"type": "string"}, "version": {"type": "string"}}},
"NewFault": {"type": "object", "required": ["where", "what"], "additionalProperties": false, "properties": {
  "where": {"type": "string", "description": "provider:METHOD /path/{template}, provider:operation or provider:*"},
  "what": {"type": "object"}, "when": {"type": "object"}, "times": {"type": "integer", "minimum": 1},
  "ttl": {"type": "string", "description": "A duration with its unit"}, "per": {"enum": ["provider"]}}},
"Fault": {"type": "object", "required": ["id", "where", "what", "matches", "hits", "completed", "expired"], "properties": {
  "id": {"type": "string"}, "where": {"type": "string"}, "what": {"type": "object"}, "when": {"type": "object"},
  "matches": {"type": "integer"}, "hits": {"type": "integer"}, "completed": {"type": "boolean"},
  "expired": {"type": "boolean"}}},
"Faults": {"type": "object", "required": ["faults"], "properties": {
  "faults": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}}}},
"NewRun": {"type": "object", "required": ["scenario"], "additionalProperties": false, "properties": {
  "scenario": {"type": "string"}, "seed": {"type": "integer", "minimum": 0}}},
"Run": {"type": "object", "required": ["id", "scenario", "seed", "running"], "properties": {
  "id": {"type": "string"}, "scenario": {"type": "string"}, "description": {"type": "string"},
  "seed": {"type": "integer"}, "started": {"type": "string", "format": "date-time"},
  "running": {"type": "boolean"}, "requests": {"type": "integer"}}},
"Runs": {"type": "object", "properties": {
  "runs": {"type": "array", "items": {"$ref": "#/components/schemas/Run"}}}},
"Row": {"type": "object", "required": ["seq", "t_ms", "type"], "properties": {
  "seq": {"type": "integer"}, "t_ms": {"type": "number"}, "type": {"type": "string"}}},
"Rows": {"type": "object", "required": ["rows", "dropped"], "properties": {
  "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}, "dropped": {"type": "integer"}}},
"Find": {"type": "object", "additionalProperties": false, "properties": {
  "provider": {"type": "string"}, "operation": {"type": "string"}, "method": {"type": "string"},
  "path": {"type": "string"}, "body_sha256": {"type": "string"}, "key": {"type": "string"},
  "status": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
  "faulted": {"type": "boolean"}, "unsupported": {"type": "boolean"},
  "query": {"$ref": "#/components/schemas/Strings"}, "headers": {"$ref": "#/components/schemas/Strings"},
  "facts": {"$ref": "#/components/schemas/Strings"},
  "after": {"type": "integer"}, "limit": {"type": "integer"}}},
"NearMisses": {"type": "object", "properties": {"near_misses": {"type": "array", "items": {"type": "object"}}}},
"Services": {"type": "object", "properties": {"services": {"type": "array", "items": {"type": "object",
  "required": ["name", "operations"], "properties": {"name": {"type": "string"},
  "requests": {"type": "integer"}, "unsupported": {"type": "integer"},
  "operations": {"type": "array", "items": {"type": "object"}}, "fidelity": {"type": "object"}}}}}},
"Scenarios": {"type": "object", "properties": {"scenarios": {"type": "array", "items": {"type": "object"}}}},
"Checks": {"type": "object", "properties": {"checks": {"type": "array", "items": {"type": "object"}}}},
"Report": {"type": "object", "required": ["verdict"], "properties": {
  "verdict": {"enum": ["pass", "fail", "unknown"]}, "sentence": {"type": "string"}}},
"World": {"type": "object", "properties": {"state": {"enum": ["idle", "playing", "over"]}}},
"NewWorld": {"type": "object", "required": ["base"], "additionalProperties": false, "properties": {
  "base": {"type": "string", "description": "Where the program under test listens, on this machine"}}},
"Settings": {"type": "object", "properties": {
  "faults": {"type": "boolean"}, "limits": {"type": "boolean"}, "delay_ms": {"type": "integer"},
  "auto_consent": {"type": "boolean"}, "journal": {"type": "object"}}},
"NewSettings": {"type": "object", "additionalProperties": false, "properties": {
  "faults": {"type": "boolean", "description": "false: no armed fault fires"},
  "limits": {"type": "boolean", "description": "false: the scenario's rate limits are off"},
  "delay": {"type": "string", "description": "Before every answer, at most 10m: 20ms"},
  "auto_consent": {"type": "boolean", "description": "At /oauth the user consents without a page"},
  "journal": {"type": "object", "additionalProperties": false, "properties": {
    "rows_max": {"type": "integer", "minimum": 1, "maximum": 10000000},
    "bytes_max": {"type": "integer", "minimum": 4096}}}}},
"Clock": {"type": "object", "required": ["now", "state"], "properties": {
  "now": {"type": "string", "format": "date-time"}, "state": {"enum": ["running", "frozen"]},
  "speed": {"type": "integer"}, "moved_ms": {"type": "integer"}, "run_ms": {"type": "integer"}}},
"Step": {"type": "object", "required": ["by"], "additionalProperties": false, "properties": {
  "by": {"type": "string", "description": "A duration with its unit: 90s, 2h"}}},
"EndedToken": {"type": "object", "properties": {"ended": {"enum": ["expire", "revoke"]},
  "by": {"type": "array", "items": {"type": "string"}}}}
})json";

struct About {
    std::string_view name;
    std::string_view type;
    std::string_view what;
};
constexpr About parameter_table[] = {
    {"provider", "string", "Only of this provider"},
    {"operation", "string", "Only this operation"},
    {"method", "string", "Only this method"},
    {"path", "string", "Only this path, below the provider's prefix"},
    {"status", "integer", "Only with this status"},
    {"faulted", "boolean", "Only where a fault had a hand in it"},
    {"after", "integer", "Only after this sequence number"},
    {"limit", "integer", "At most so many, the oldest first"},
    {"follow", "string", "1: each row as it is complete, without end"},
    {"from", "string", "Only of this sender"},
    {"subscription", "string", "Only of this subscription"},
    {"strict", "boolean", "should and budget decide, too"},
    {"deadline", "string", "What the client promised: 10s"},
};

json::object ref(std::string_view schema) {
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json::array parameters_of(const Entry& entry) {
    json::array list;
    std::string_view rest = entry.path;
    while (rest.contains('{')) {
        const auto from = rest.find('{') + 1;
        const auto to = rest.find('}');
        list.push_back(json::object{{"name", rest.substr(from, to - from)},
                                    {"in", "path"},
                                    {"required", true},
                                    {"schema", {{"type", "string"}}}});
        rest.remove_prefix(to + 1);
    }
    for (const auto name : entry.parameters) {
        for (const About& about : parameter_table) {
            if (about.name == name) {
                list.push_back(json::object{{"name", name},
                                            {"in", "query"},
                                            {"description", about.what},
                                            {"schema", {{"type", about.type}}}});
            }
        }
    }
    return list;
}

json::object answers_of(const Entry& entry) {
    json::object good{{"description", entry.summary}};
    if (!entry.gives.empty()) {
        good["content"] = {{entry.type, {{"schema", ref(entry.gives)}}}};
    } else if (entry.status == 200) {
        good["content"] = {{entry.type, {{"schema", {{"type", "string"}}}}}};
    }
    return {{std::to_string(entry.status), std::move(good)},
            {"default",
             {{"description", "A problem document (RFC 9457)"},
              {"content", {{"application/problem+json", {{"schema", ref("Problem")}}}}}}}};
}

json::object operation_of(const Entry& entry) {
    json::object object{{"operationId", entry.operation}, {"summary", entry.summary}};
    if (auto parameters = parameters_of(entry); !parameters.empty()) {
        object["parameters"] = std::move(parameters);
    }
    if (entry.takes == "text") {
        object["requestBody"] = {{"required", true},
                                 {"content", {{"text/plain", {{"schema", {{"type", "string"}}}}}}}};
    } else if (!entry.takes.empty()) {
        object["requestBody"] = {
            {"required", true},
            {"content", {{"application/json", {{"schema", ref(entry.takes)}}}}}};
    }
    object["responses"] = answers_of(entry);
    return object;
}

std::string lower(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

}  // namespace

std::string openapi_json(const Routes& routes) {
    json::object paths;
    for (const Entry& entry : routes) {
        const auto path = "/_sandbox" + std::string(entry.path);
        if (!paths.contains(path)) {
            paths[path] = json::object();
        }
        paths[path].as_object()[lower(entry.method)] = operation_of(entry);
    }
    json::object document;
    document["openapi"] = "3.1.0";
    document["info"] = {{"title", "apilab sandbox, admin API"},
                        {"version", APILAB_VERSION},
                        {"license", {{"name", "MIT"}, {"identifier", "MIT"}}},
                        {"description",
                         "On a port of its own, with the token APILAB_ADMIN_TOKEN of the ready "
                         "file. Requests of a page of another origin are refused with 403."}};
    document["servers"] = json::array{json::object{{"url", "/"}}};
    document["security"] = json::array{json::object{{"token", json::array()}}};
    document["paths"] = std::move(paths);
    document["components"] = {
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
        {"schemas", json::parse(schemas)}};
    return json::serialize(document);
}

}  // namespace apilab::sandbox::admin
