#include "apilab/sandbox/osv/provider.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/osv/query.hpp"

namespace apilab::sandbox::osv {
namespace {

constexpr std::size_t queries_max = 1000;
constexpr std::size_t id_length_max = 100;

const std::array<Route, 5> table{{
    {"POST", "/v1/query", "query", http::Effect::read},
    {"POST", "/v1/querybatch", "query_batch", http::Effect::read},
    {"GET", "/v1/vulns/{id}", "get_vulnerability"},
    {"POST", "/v1experimental/determineversion", "determine_version", http::Effect::read},
    {"GET", "/v1experimental/importfindings/{source}", "import_findings"},
}};

/// google.rpc.Status; the code is gRPC's number, the status its HTTP mapping.
http::Response status(int http_status, int code, std::string_view message) {
    return http::Response::json(http_status, "{\"code\":" + std::to_string(code) +
                                                 ",\"message\":" + http::json_quote(message) + "}");
}

http::Response bad_request(std::string_view message) {
    return status(400, 3, message);
}

int grpc_code(int http_status) {
    switch (http_status) {
        case 400:
            return 3;
        case 401:
            return 16;
        case 403:
            return 7;
        case 404:
            return 5;
        case 429:
            return 8;
        case 503:
            return 14;
        case 504:
            return 4;
        default:
            return http_status >= 500 ? 13 : 2;
    }
}

/// A stretch of results and what comes after it.
struct Page {
    std::span<const Record* const> records;
    std::string next;
};

Page cut(const Query& query, const std::vector<const Record*>& hits, const OsvOptions& options,
         std::size_t room) {
    if (options.first_page_empty && !query.continued && !hits.empty()) {
        return {.next = page_token(query, 0)};
    }
    const auto from = std::min(query.offset, hits.size());
    const auto most = std::min({hits.size() - from, options.page_size, room});
    std::size_t size = 0;
    std::size_t bytes = 0;
    while (size < most &&
           (size == 0 || bytes + hits[from + size]->text.size() <= options.page_bytes)) {
        bytes += hits[from + size++]->text.size();
    }
    Page page{.records = std::span(hits).subspan(from, size)};
    if (from + size < hits.size()) {
        page.next = page_token(query, from + size);
    }
    return page;
}

/// `{}` for nothing at all: neither list nor token is written when empty.
template <class Write>
std::string body_of(const Page& page, Write write) {
    std::string out = "{";
    if (!page.records.empty()) {
        out += "\"vulns\":[";
        for (const auto* record : page.records) {
            out += record == page.records.front() ? "" : ",";
            out += write(*record);
        }
        out += "]";
    }
    if (!page.next.empty()) {
        out += out.size() > 1 ? "," : "";
        out += "\"next_page_token\":" + http::json_quote(page.next);
    }
    return out + "}";
}

std::string brief(const Record& record) {
    return "{\"id\":" + http::json_quote(record.id) +
           ",\"modified\":" + http::json_quote(record.modified) + "}";
}

/// No library is known by the hashes of its files here: what can be asked is asked in vain.
http::Response determine_version(const Incoming& incoming) {
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document || !document->root().is_object()) {
        return bad_request("invalid JSON");
    }
    const auto hashes = document->root()["file_hashes"];
    return hashes.is_array() && hashes.size() > 0 ? http::Response::json(200, "{}")
                                                  : bad_request("invalid query");
}

/// One source of the seed world sent a record that could not be read.
http::Response import_findings(const Incoming& incoming) {
    if (path_value(incoming, "source") != "octo") {
        return http::Response::json(200, "{}");
    }
    return http::Response::json(
        200, R"({"invalid_records":[{"bug_id":"OCTO-2026-1","source":"octo",)"
             R"("findings":["IMPORT_FINDING_TYPE_INVALID_JSON"],)"
             R"("first_seen":"2026-06-01T00:00:00Z","last_attempt":"2026-06-02T00:00:00Z"}]})");
}

}  // namespace

OsvProvider::OsvProvider(std::shared_ptr<const Database> database, OsvOptions options)
    : database_(std::move(database)), options_(options) {
    options_.page_size = std::max<std::size_t>(options_.page_size, 1);
    options_.batch_size = std::max<std::size_t>(options_.batch_size, 1);
}

std::span<const Route> OsvProvider::routes() const {
    return table;
}

http::Response OsvProvider::answer(const Incoming& incoming) {
    if (incoming.route->operation == "query") {
        return query(incoming);
    }
    if (incoming.route->operation == "query_batch") {
        return query_batch(incoming);
    }
    if (incoming.route->operation == "determine_version") {
        return determine_version(incoming);
    }
    if (incoming.route->operation == "import_findings") {
        return import_findings(incoming);
    }
    return vulnerability(incoming);
}

std::vector<const Record*> OsvProvider::found(const Query& query) const {
    if (!query.commit.empty()) {
        return database_->match_commit(query.commit);
    }
    return query.findable ? database_->match(query.ecosystem, query.package, query.version)
                          : std::vector<const Record*>();
}

http::Response OsvProvider::query(const Incoming& incoming) const {
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document) {
        return bad_request("invalid JSON");
    }
    const auto asked = read_query(document->root());
    if (!asked) {
        return bad_request(asked.error().message());
    }
    const auto hits = found(*asked);
    const auto page = cut(*asked, hits, options_, hits.size());
    return http::Response::json(200,
                                body_of(page, [](const Record& record) { return record.text; }));
}

http::Response OsvProvider::query_batch(const Incoming& incoming) const {
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document) {
        return bad_request("invalid JSON");
    }
    const auto queries = document->root()["queries"];
    if (!document->root().is_object() || (!queries.missing() && !queries.is_array())) {
        return bad_request("invalid value for field queries");
    }
    if (queries.size() > queries_max) {
        return bad_request("too many queries");
    }
    std::string out = "{\"results\":[";
    std::size_t room = options_.batch_size;
    std::size_t index = 0;
    for (const http::Json element : queries.elements()) {
        const auto asked = read_query(element);
        if (!asked) {
            // One bad query fails the batch.
            return bad_request("error in query at index " + std::to_string(index) + ": " +
                               asked.error().message());
        }
        const auto hits = found(*asked);
        const auto page = cut(*asked, hits, options_, room);
        room -= page.records.size();
        out += index++ == 0 ? "" : ",";
        out += body_of(page, brief);
    }
    return http::Response::json(200, out + "]}");
}

http::Response OsvProvider::vulnerability(const Incoming& incoming) const {
    const auto id = path_value(incoming, "id");
    if (id.size() > id_length_max) {
        return bad_request("ID too long");
    }
    if (const auto* record = database_->find(id)) {
        return http::Response::json(200, record->text);
    }
    const auto aliases = database_->ids_with_alias(id);
    if (aliases.empty()) {
        return status(404, 5, "Vulnerability not found");
    }
    std::string hint = "Vulnerability not found, but the following aliases were:";
    for (const auto& alias : aliases) {
        hint += " " + alias;
    }
    return status(404, 5, hint);
}

const PageShape* OsvProvider::pages_of(std::string_view operation) const {
    static constexpr PageShape one{.items = "vulns",
                                   .next = "/next_page_token",
                                   .asked = "page_token",
                                   .size_default = 1000,
                                   .size_max = 1000,
                                   .none = "",
                                   .drops_empty = true};
    static constexpr PageShape many{.items = "vulns",
                                    .next = "/next_page_token",
                                    .asked = "page_token",
                                    .size_default = 1000,
                                    .size_max = 1000,
                                    .none = "",
                                    .drops_empty = true,
                                    .queries = "queries",
                                    .results = "results"};
    return operation == "query" ? &one : operation == "query_batch" ? &many : nullptr;
}

std::optional<http::Response> OsvProvider::expired_page(const Incoming& /*incoming*/) const {
    return bad_request("invalid cursor");
}

http::Response OsvProvider::unknown_path(const http::Request& /*request*/) const {
    return status(404, 5, "Not Found");
}

http::Response OsvProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    const int http_status = refusal.status != 0     ? refusal.status
                            : refusal.limit.empty() ? 503
                                                    : 429;
    const auto phrase = http::reason_phrase(http_status);
    auto answer =
        status(http_status, grpc_code(http_status), http_status == 429 ? "Quota exceeded" : phrase);
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

FidelityCard OsvProvider::fidelity() const {
    return {
        .copied =
            {"query, querybatch and vulns with their rules, tokens and words for what is wrong; "
             "one bad query fails its batch.",
             "Errors as google.rpc.Status; no hit is an empty object; withdrawn records only by "
             "id; an alias is hinted at.",
             "Pages of 1000 results or 10 MiB; a batch of 3000; a token belongs to its query; a "
             "page may hold only a token (an option).",
             "Case-sensitive ecosystems of the schema's list, with a suffix or without; package "
             "URLs of sixteen types, an unknown type finding nothing.",
             "Versions listed and ranges of type SEMVER, in SemVer order; records of every shape "
             "of the schema."},
        .not_copied =
            {"The history of repositories: a commit is found where a record names it, not "
             "between two commits.",
             "determineversion knows no library; the bulk exports are not here.",
             "HTTP/2, and so answers above 32 MiB; the time budgets of 20 and 35 s.",
             "The ecosystem of Rust, and distributions' own rules of what is affected."},
        .differs =
            {"Versions of ecosystems other than by SemVer are ordered loosely, by one rule for "
             "all.",
             "Unknown request fields are ignored.",
             "The words of errors other than those recorded are ours."},
        .sources = {"github.com/google/osv.dev (docs/api, go/internal/api)",
                    "github.com/ossf/osv-schema", "github.com/google/osv-scanner (cassettes)"}};
}

}  // namespace apilab::sandbox::osv
