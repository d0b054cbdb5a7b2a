#include "apilab/sandbox/api/openapi.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "apilab/sandbox/limit_dialect.hpp"

namespace apilab::sandbox::api {

namespace json = boost::json;

namespace {

// JSON Schema 2020-12, by name.
constexpr std::string_view schemas = R"json({
"Problem": {"type": "object", "required": ["type", "title", "status", "code", "detail"], "properties": {
  "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
  "code": {"type": "string"}, "detail": {"type": "string"}}},
"Item": {"type": "object", "required": ["id"], "properties": {
  "id": {"type": "string", "pattern": "^itm_[0-9]{4,}$"}, "number": {"type": "integer", "minimum": 1},
  "title": {"type": "string"}, "package": {"type": "string"}, "state": {"enum": ["open", "closed"]},
  "labels": {"type": "array", "items": {"type": "string"}},
  "created_at": {"type": "string", "format": "date-time"},
  "updated_at": {"type": "string", "format": "date-time"}}},
"NewItem": {"type": "object", "properties": {
  "title": {"type": "string", "minLength": 1, "maxLength": 200}, "package": {"type": "string"},
  "state": {"enum": ["open", "closed"]}, "labels": {"type": "array", "maxItems": 20, "items": {"type": "string"}}}},
"Items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
"ItemList": {"type": "object", "required": ["items", "total"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "total": {"type": "integer"}}},
"NextPage": {"type": "object", "required": ["items", "next"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "next": {"type": ["string", "null"], "format": "uri"}}},
"CursorPage": {"type": "object", "required": ["items", "next_cursor"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "next_cursor": {"type": "string"}}},
"NumberedPage": {"type": "object", "required": ["items", "page", "pages", "total"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "page": {"type": "integer"},
  "pages": {"type": "integer"}, "total": {"type": "integer"}}},
"OffsetPage": {"type": "object", "required": ["items", "offset", "limit", "total"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "offset": {"type": "integer"},
  "limit": {"type": "integer"}, "total": {"type": "integer"}}},
"KeysetPage": {"type": "object", "required": ["items", "next"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"},
  "next": {"type": ["object", "null"], "properties": {
    "updated_before": {"type": "string", "format": "date-time"}, "id_before": {"type": "string"}}}}},
"ODataPage": {"type": "object", "required": ["value"], "properties": {
  "@odata.context": {"type": "string"}, "@odata.count": {"type": "integer"},
  "@odata.nextLink": {"type": "string", "format": "uri"},
  "value": {"$ref": "#/components/schemas/Items"}}},
"Connection": {"type": "object", "required": ["edges", "pageInfo", "totalCount"], "properties": {
  "edges": {"type": "array", "items": {"type": "object", "required": ["cursor", "node"], "properties": {
    "cursor": {"type": "string"}, "node": {"$ref": "#/components/schemas/Item"}}}},
  "pageInfo": {"type": "object", "required": ["hasNextPage", "endCursor"], "properties": {
    "hasNextPage": {"type": "boolean"}, "hasPreviousPage": {"type": "boolean"},
    "startCursor": {"type": ["string", "null"]}, "endCursor": {"type": ["string", "null"]}}},
  "totalCount": {"type": "integer"}}},
"Search": {"type": "object", "additionalProperties": false, "properties": {
  "filter": {"$ref": "#/components/schemas/Condition"},
  "sort": {"type": "array", "items": {"type": "string"}}, "fields": {"type": "array", "items": {"type": "string"}},
  "limit": {"type": "integer", "minimum": 1, "maximum": 100}, "offset": {"type": "integer", "minimum": 0}}},
"Condition": {"type": "object", "properties": {
  "and": {"type": "array", "items": {"$ref": "#/components/schemas/Condition"}},
  "or": {"type": "array", "items": {"$ref": "#/components/schemas/Condition"}},
  "not": {"$ref": "#/components/schemas/Condition"}, "field": {"type": "string"},
  "op": {"enum": ["eq", "ne", "lt", "le", "gt", "ge", "contains", "in", "has"]}, "value": {}}},
"Found": {"type": "object", "required": ["items", "total", "next_offset"], "properties": {
  "items": {"$ref": "#/components/schemas/Items"}, "total": {"type": "integer"},
  "next_offset": {"type": ["integer", "null"]}}},
"GraphQLRequest": {"type": "object", "required": ["query"], "properties": {
  "query": {"type": "string"}, "variables": {"type": ["object", "null"]}}},
"GraphQLAnswer": {"type": "object", "properties": {
  "data": {"type": ["object", "null"]}, "errors": {"type": "array", "items": {"type": "object"}}}},
"Login": {"type": "object", "required": ["user", "password"], "properties": {
  "user": {"type": "string"}, "password": {"type": "string", "writeOnly": true}}},
"Who": {"type": "object", "required": ["user", "scheme"], "properties": {
  "user": {"type": "string"}, "scheme": {"enum": ["key", "basic", "bearer", "hmac", "session"]}}},
"Theme": {"type": "object", "properties": {"theme": {"type": "string"}}},
"NewKey": {"type": "object", "properties": {"key": {"type": "string"}, "old_key_valid_for_s": {"type": "integer"}}},
"NewOrder": {"type": "object", "required": ["reference", "sku"], "properties": {
  "reference": {"type": "string"}, "sku": {"type": "string"}}},
"Order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
"Orders": {"type": "object", "properties": {"total": {"type": "integer"}}},
"Document": {"type": "object"},
"Limited": {"type": "object", "properties": {"dialect": {"type": "string"}, "remaining": {"type": "integer"}}},
"Object": {"type": "object"}
})json";

struct About {
    std::string_view operation;
    std::string_view summary;
    /// Query parameters, separated by spaces.
    std::string_view parameters = {};
    std::string_view takes = {};
    std::string_view gives = {};
    int status = 200;
    /// Of the security schemes, separated by spaces; empty: none is needed.
    std::string_view security = {};
};

constexpr std::array<About, 36> table{{
    {"log_in", "Sets the session cookie", "", "Login", "Who"},
    {"get_session", "Who one is", "", "", "Who", 200, "session"},
    {"log_out", "Ends the session", "", "", "", 204, "session"},
    {"create_order", "One effect for one Idempotency-Key", "", "NewOrder", "Order", 201, "session"},
    {"list_orders", "The orders that were placed", "reference limit", "", "Orders", 200, "session"},
    {"get_order", "One order", "", "", "Order", 200, "session"},
    {"get_theme", "By a cookie for this path alone", "", "", "Theme", 200, "session"},
    {"auth_key", "Takes an API key", "", "", "Who", 200, "key"},
    {"auth_key_header", "Takes an API key, and refuses one in the query", "", "", "Who", 200,
     "key"},
    {"auth_basic", "Takes user and password", "", "", "Who", 200, "basic"},
    {"auth_bearer", "Takes a token", "", "", "Who", 200, "bearer"},
    {"auth_hmac", "Takes a signed request", "", "", "Who", 200, "hmac"},
    {"auth_hmac_post", "Takes a signed request with a body", "", "Object", "Who", 200, "hmac"},
    {"rotate_key", "Replaces the API key", "", "", "NewKey", 200, "key"},
    {"list_items", "Items without pages", "state label since filter rsql sort fields limit", "",
     "ItemList"},
    {"list_items_link", "Pages by Link headers",
     "state label since filter rsql sort fields limit page", "", "Items"},
    {"list_items_next", "Pages by the next page's URL",
     "state label since filter rsql fields limit after", "", "NextPage"},
    {"list_items_cursor", "Pages by an opaque cursor",
     "state label since filter rsql fields limit cursor", "", "CursorPage"},
    {"list_items_page", "Pages by number", "state label since filter rsql sort fields limit page",
     "", "NumberedPage"},
    {"list_items_offset", "Pages by offset",
     "state label since filter rsql sort fields limit offset", "", "OffsetPage"},
    {"list_items_keyset", "Pages by the keys of the last item",
     "state label since filter rsql fields limit updated_before id_before", "", "KeysetPage"},
    {"list_items_range", "Pages by the header field Range",
     "state label since filter rsql sort fields", "", "Items", 206},
    {"list_items_odata", "Pages by OData's nextLink",
     "$top $skip $skiptoken $filter $orderby $select $count", "", "ODataPage"},
    {"list_items_edges", "Pages as GraphQL's connections",
     "state label since filter rsql first after", "", "Connection"},
    {"search_items", "A search by JSON", "", "Search", "Found"},
    {"graphql", "GraphQL with one query", "", "GraphQLRequest", "GraphQLAnswer"},
    {"limited", "Ten answers in ten seconds, told in a dialect", "", "", "Limited"},
    {"openapi", "This document", "", "", "Object"},
    {"create_item", "A new item", "", "NewItem", "Item", 201, "key basic bearer session"},
    {"get_item", "One item", "", "", "Item"},
    {"change_item", "Changes the members that are named", "", "NewItem", "Item", 200,
     "key basic bearer session"},
    {"delete_item", "Removes an item", "", "", "", 204, "key basic bearer session"},
    {"list_documents", "The documents", "", "", "Object"},
    {"get_document", "One document, byte by byte", "", "", "Document"},
    {"replace_document", "Writes one back whole", "", "Document", "Document"},
    {"index", "What there is", "", "", "Object"},
}};

struct Parameter {
    std::string_view name;
    std::string_view what;
    std::string_view schema = R"({"type":"string"})";
};
constexpr std::array<Parameter, 23> parameters{{
    {"state", "Only of this state", R"({"enum":["open","closed","all"]})"},
    {"label", "Only with this label; repeated: all of them"},
    {"since", "Changed then or later", R"({"type":"string","format":"date-time"})"},
    {"filter", "state eq 'open' and (number ge 10 or labels has 'bug')"},
    {"rsql", "state==open;number=ge=10,labels==bug"},
    {"sort", "-updated_at,number"},
    {"fields", "id,title: only these members"},
    {"limit", "So many at most", R"({"type":"integer","minimum":1,"maximum":100})"},
    {"page", "From 1", R"({"type":"integer","minimum":1})"},
    {"offset", "From 0", R"({"type":"integer","minimum":0})"},
    {"after", "Goes on after this"},
    {"cursor", "As the page before gave it"},
    {"updated_before", "As the page before gave it"},
    {"id_before", "As the page before gave it"},
    {"first", "So many at most", R"({"type":"integer","minimum":1,"maximum":100})"},
    {"reference", "Only with this reference"},
    {"$top", "So many in all", R"({"type":"integer","minimum":0})"},
    {"$skip", "So many are left out", R"({"type":"integer","minimum":0})"},
    {"$skiptoken", "As the nextLink has it"},
    {"$filter", "state eq 'open'"},
    {"$orderby", "updated_at desc"},
    {"$select", "id,title"},
    {"$count", "true: with the number of all", R"({"enum":["true","false"]})"},
}};

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> list;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        list.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return list;
}

json::object ref(std::string_view schema) {
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json::object content(std::string_view type, std::string_view schema) {
    return {{type, {{"schema", ref(schema)}}}};
}

json::object path_schema(std::string_view name) {
    json::object schema{{"type", "string"}};
    if (name == "dialect") {
        json::array names;
        for (const auto dialect : limit_dialects()) {
            names.emplace_back(to_string(dialect));
        }
        schema["enum"] = std::move(names);
    }
    return schema;
}

json::array parameters_of(const Route& route, const About& about) {
    json::array list;
    std::string_view rest = route.path_template;
    while (rest.contains('{')) {
        const auto from = rest.find('{') + 1;
        const auto to = rest.find('}');
        const auto name = rest.substr(from, to - from);
        list.push_back(json::object{
            {"name", name}, {"in", "path"}, {"required", true}, {"schema", path_schema(name)}});
        rest.remove_prefix(to + 1);
    }
    for (const auto name : words(about.parameters)) {
        const auto* known = std::ranges::find(parameters, name, &Parameter::name);
        list.push_back(json::object{{"name", name},
                                    {"in", "query"},
                                    {"description", known->what},
                                    {"schema", json::parse(known->schema)}});
    }
    if (route.operation == "create_order") {
        list.push_back(json::object{{"name", "Idempotency-Key"},
                                    {"in", "header"},
                                    {"schema", {{"type", "string"}, {"maxLength", 255}}}});
    }
    if (route.operation == "list_items_range") {
        list.push_back(json::object{{"name", "Range"},
                                    {"in", "header"},
                                    {"schema", {{"type", "string"}}},
                                    {"example", "items=20-39"}});
    }
    return list;
}

json::object operation_of(const Route& route, const About& about) {
    json::object object{{"operationId", route.operation}, {"summary", about.summary}};
    if (auto list = parameters_of(route, about); !list.empty()) {
        object["parameters"] = std::move(list);
    }
    if (!about.takes.empty()) {
        object["requestBody"] = {{"required", true},
                                 {"content", content("application/json", about.takes)}};
    }
    json::object good{{"description", about.summary}};
    if (!about.gives.empty()) {
        good["content"] = content("application/json", about.gives);
    }
    json::object answers{{std::to_string(about.status), good}};
    if (about.status == 206) {
        answers["200"] = std::move(good);
    }
    answers["default"] = {{"description", "A problem document (RFC 9457)"},
                          {"content", content("application/problem+json", "Problem")}};
    object["responses"] = std::move(answers);
    json::array security;
    for (const auto scheme : words(about.security)) {
        security.push_back(json::object{{scheme, json::array()}});
    }
    object["security"] = std::move(security);
    return object;
}

std::string lower(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

json::object security_schemes() {
    return {{"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Api-Key"}}},
            {"basic", {{"type", "http"}, {"scheme", "basic"}}},
            {"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
            {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "sid"}}},
            {"hmac", {{"type", "http"}, {"scheme", "HMAC-SHA256"}}}};
}

}  // namespace

std::string openapi_document(std::span<const Route> routes, std::string_view base_url) {
    json::object paths;
    for (const Route& route : routes) {
        const auto* known = std::ranges::find(table, route.operation, &About::operation);
        const About about = known == table.end() ? About{route.operation, route.operation} : *known;
        if (!paths.contains(route.path_template)) {
            paths[route.path_template] = json::object();
        }
        paths[route.path_template].as_object()[lower(route.method)] = operation_of(route, about);
    }
    json::object document;
    document["openapi"] = "3.1.0";
    document["info"] = {{"title", "apilab sandbox, /api"},
                        {"version", "1"},
                        {"license", {{"name", "MIT"}, {"identifier", "MIT"}}},
                        {"description",
                         "A shop's API of our own making: every kind of pages, filters, "
                         "credentials and dialects of rate limits."}};
    document["servers"] = json::array{json::object{{"url", base_url}}};
    document["paths"] = std::move(paths);
    document["components"] = {{"securitySchemes", security_schemes()},
                              {"schemas", json::parse(schemas)}};
    return json::serialize(document);
}

}  // namespace apilab::sandbox::api
