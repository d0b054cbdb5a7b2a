#include "apilab/sandbox/internal/every_operation.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "apilab/sandbox/credentials.hpp"

namespace apilab::sandbox::internal {

namespace {

using Texts = std::map<std::string, std::string, std::less<>>;
constexpr std::string_view origin = "http://sandbox.test";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string credential(std::uint64_t seed, std::string_view name) {
    for (auto& [known, value] : seed_credentials(seed)) {
        if (known == name) {
            return std::move(value);
        }
    }
    return {};
}

http::Request make(std::string method, std::string_view target, std::string_view authorization,
                   std::string body = {}, std::string_view type = json_type) {
    http::Request request(std::move(method),
                          *http::Url::parse(fmt::format("{}{}", origin, target)));
    if (!authorization.empty()) {
        request.header("authorization", std::string(authorization));
    }
    request.header("user-agent", "every/1");
    if (!body.empty()) {
        request.header("content-type", std::string(type));
        request.body(std::move(body));
    }
    return request;
}

// What a client of one provider knows.
struct Client {
    std::string authorization;
    http::Headers headers;
    /// Of the path's places, by operation and place or by place alone.
    Texts places;
    /// By operation: what follows the `?`.
    Texts queries;
    /// By operation.
    Texts bodies;
    std::string body_type = std::string(json_type);
};

Client github_client(const LookUp& look_up) {
    Client client{.authorization = "Bearer ghp_stubtoken"};
    const std::string base = "/github/repos/octo/hello";
    const auto look = [&](const std::string& path, std::string_view pointer) {
        return look_up(make("GET", base + path, client.authorization), pointer);
    };
    const auto hook = look_up(make("POST", base + "/hooks", client.authorization,
                                   R"({"name":"web","config":{"url":"http://127.0.0.1:9/first"}})"),
                              "/id");
    const auto release = look("/releases", "/0/id");
    const auto asset = look_up(make("POST", base + "/releases/" + release + "/assets?name=a.txt",
                                    client.authorization, "some bytes", "text/plain"),
                               "/id");
    client.headers = {{"x-github-api-version", "2022-11-28"}};
    client.places = {{"owner", "octo"},
                     {"repo", "hello"},
                     {"username", "octo"},
                     {"issue_number", "3"},
                     {"pull_number", "5"},
                     {"name", "bug"},
                     {"path", "README.md"},
                     {"put_contents.path", "new.txt"},
                     {"installation_id", "815"},
                     {"id", look("", "/id")},
                     {"comment_id", look("/issues/comments", "/0/id")},
                     {"release_id", release},
                     {"asset_id", asset},
                     {"tag", look("/releases", "/0/tag_name")},
                     {"ghsa_id", "GHSA-35jh-r3h4-6jhm"},
                     {"hook_id", hook},
                     {"delivery_id", look("/hooks/" + hook + "/deliveries", "/0/id")}};
    client.queries = {{"search_issues", "q=is:open"},
                      {"search_repositories", "q=hello"},
                      {"search_code", "q=hello+repo:octo/hello"},
                      {"upload_asset", "name=b.txt"}};
    client.bodies = {
        {"create_issue", R"({"title":"One more","labels":["bug"]})"},
        {"create_comment", R"({"body":"Seen"})"},
        {"create_label", R"({"name":"made-up","color":"aabbcc"})"},
        {"create_release", R"({"tag_name":"v9.9.9"})"},
        {"update_comment", R"({"body":"Read"})"},
        {"update_issue", R"({"state":"closed"})"},
        {"add_issue_labels", R"({"labels":["bug"]})"},
        {"set_issue_labels", R"({"labels":["bug"]})"},
        {"put_contents", R"({"message":"One","content":"aGk="})"},
        {"create_hook", R"({"name":"web","config":{"url":"http://127.0.0.1:9/hook"}})"},
    };
    return client;
}

Client npm_client() {
    Client client{.authorization = "Bearer npm_stub"};
    client.places = {{"package", "left-box"},
                     {"scope", "@octo"},
                     {"name", "util"},
                     {"version", "latest"},
                     {"tag", "next"},
                     {"file", "left-box-1.0.0.tgz"},
                     {"get_scoped_tarball.file", "util-1.0.0.tgz"},
                     {"rev", "1-0"}};
    client.queries = {{"search", "text=box"}};
    client.bodies = {{"bulk_advisories", R"({"lodash":["4.17.0"]})"},
                     {"quick_audit", R"({"requires":{},"dependencies":{}})"},
                     {"set_dist_tag", R"("1.0.0")"},
                     {"set_scoped_dist_tag", R"("1.0.0")"}};
    return client;
}

Client osv_client() {
    Client client;
    client.places = {{"id", "GHSA-35jh-r3h4-6jhm"}, {"source", "npm"}};
    const std::string lodash =
        R"({"package":{"ecosystem":"npm","name":"lodash"},"version":"4.17.0"})";
    client.bodies = {{"query", lodash}, {"query_batch", R"({"queries":[)" + lodash + "]}"}};
    return client;
}

Client slack_client() {
    Client client{.authorization = "Bearer xoxb-stub", .body_type = std::string(form_type)};
    client.places = {{"key", "none"}, {"file", "F00000001"}, {"name", "notes.txt"}};
    client.queries[""] =
        "channel=C00000003&user=U00000002&text=hi&limit=20&name=bug&query=the&length=4&"
        "filename=notes.txt&users=U00000003&post_at=1767300000&bot=B00000001";
    return client;
}

Client notion_client(std::uint64_t seed, const LookUp& look_up) {
    Client client{.authorization = "Bearer ntn_stub"};
    client.headers = {{"notion-version", "2025-09-03"}};
    const auto database = credential(seed, "APILAB_NOTION_DB");
    const auto source = credential(seed, "APILAB_NOTION_DS");
    const auto first = [&](std::string method, const std::string& target, std::string body,
                           std::string_view pointer) {
        auto request =
            make(std::move(method), target, client.authorization, std::move(body), json_type);
        for (const auto& [name, value] : client.headers) {
            request.header(name, value);
        }
        return look_up(request, pointer);
    };
    const auto page =
        first("POST", "/notion/v1/data_sources/" + source + "/query", "{}", "/results/0/id");
    const auto user = first("GET", "/notion/v1/users", "", "/results/0/id");
    client.places = {{"id", page},
                     {"property", "title"},
                     {"get_user.id", user},
                     {"get_database.id", database},
                     {"update_database.id", database},
                     {"query_database.id", database},
                     {"get_data_source.id", source},
                     {"update_data_source.id", source},
                     {"query_data_source.id", source},
                     {"list_templates.id", source}};
    client.queries = {{"list_comments", "block_id=" + page}};
    const std::string words = R"([{"type":"text","text":{"content":"Hi"}}])";
    const auto parent = fmt::format(R"({{"parent":{{"type":"page_id","page_id":"{}"}},"#)", page);
    client.bodies = {
        {"create_page",
         fmt::format(R"({{"parent":{{"type":"data_source_id","data_source_id":"{}"}},)"
                     R"("properties":{{"Name":{{"title":{}}}}}}})",
                     source, words)},
        {"create_database",
         parent + R"("initial_data_source":{"properties":{"Name":{"title":{}}}}})"},
        {"create_comment", parent + R"("rich_text":)" + words + "}"},
        {"append_blocks",
         R"({"children":[{"type":"paragraph","paragraph":{"rich_text":)" + words + "}}]}"},
        {"create_file_upload", R"({"filename":"a.txt"})"},
        {"search", R"({"query":"a"})"},
        {"create_data_source",
         fmt::format(R"({{"parent":{{"type":"database_id","database_id":"{}"}},)"
                     R"("properties":{{"Name":{{"title":{{}}}}}}}})",
                     database)},
    };
    return client;
}

Client google_client(const LookUp& look_up) {
    Client client;
    client.authorization =
        "Bearer " + look_up(make("POST", "/google/token", "",
                                 "grant_type=refresh_token&refresh_token=seed-refresh-token&"
                                 "client_id=cid&client_secret=sec",
                                 form_type),
                            "/access_token");
    const auto base = std::string("/google/gmail/v1/users/me/");
    const auto first = [&](const std::string& path, std::string_view pointer) {
        return look_up(make("GET", base + path, client.authorization), pointer);
    };
    const auto message = first("messages", "/messages/0/id");
    client.places = {{"userId", "me"},
                     {"id", message},
                     {"messageId", message},
                     {"get_thread.id", first("threads", "/threads/0/id")},
                     {"get_label.id", "INBOX"}};
    const auto history = first("profile", "/historyId");
    client.queries = {{"list_history", "startHistoryId=" + history}};
    // "To: a@example.com\r\n\r\nHi"
    const std::string raw = R"({"raw":"VG86IGFAZXhhbXBsZS5jb20NCg0KSGk"})";
    client.bodies = {
        {"insert_message", raw},
        {"send_message", raw},
        {"import_message", raw},
        {"create_label", R"({"name":"made-up"})"},
        {"create_draft", R"({"message":)" + raw + "}"},
        {"modify_message", R"({"addLabelIds":["STARRED"]})"},
        {"modify_thread", R"({"addLabelIds":["STARRED"]})"},
        {"watch", R"({"topicName":"projects/p/topics/t"})"},
        {"token",
         "grant_type=refresh_token&refresh_token=seed-refresh-token&client_id=cid&"
         "client_secret=sec"},
        {"device_code", "client_id=cid&scope=email"},
        {"batch_modify", R"({"ids":[")" + message + R"("],"addLabelIds":["STARRED"]})"},
    };
    return client;
}

Client oauth_client(const LookUp& look_up) {
    const std::string ask =
        "grant_type=refresh_token&refresh_token=seed-refresh-token&client_id=cid&"
        "client_secret=sec&scope=openid";
    Client client{.body_type = std::string(form_type)};
    client.authorization =
        "Bearer " + look_up(make("POST", "/oauth/token", "", ask, form_type), "/access_token");
    client.places = {{"id", "1"}};
    client.queries = {
        {"authorize",
         "response_type=code&client_id=cid&redirect_uri=http://127.0.0.1:9/cb&"
         "state=s&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw"
         "-cM&code_challenge_method=S256"}};
    client.bodies = {{"token", "grant_type=client_credentials&client_id=cid&client_secret=sec"},
                     {"device_authorization", "client_id=cid&client_secret=sec"},
                     {"introspect", "token=none&client_id=cid&client_secret=sec"}};
    return client;
}

Client api_client(const LookUp& look_up) {
    Client client{.authorization = "Bearer api_bearer_stub"};
    const auto look = [&](std::string_view target, std::string_view pointer) {
        return look_up(make("GET", target, client.authorization), pointer);
    };
    client.headers = {{"x-api-key", "api_stub"}};
    client.places = {{"id", look("/api/items/page", "/items/0/id")}, {"dialect", "github"}};
    client.queries = {{"auth_key", "api_key=api_stub"}};
    client.bodies = {{"log_in", R"({"user":"ada","password":"api_password_stub"})"},
                     {"create_order", R"({"item":"1","quantity":2})"},
                     {"create_item", R"({"title":"One more"})"},
                     {"search_items", "{}"},
                     {"graphql", R"({"query":"{ items(first: 5) { edges { cursor } } }"})"}};
    return client;
}

Client client_of(std::string_view provider, std::uint64_t seed, const LookUp& look_up) {
    if (provider == "github") {
        return github_client(look_up);
    }
    if (provider == "npm") {
        return npm_client();
    }
    if (provider == "osv") {
        return osv_client();
    }
    if (provider == "slack") {
        return slack_client();
    }
    if (provider == "notion") {
        return notion_client(seed, look_up);
    }
    if (provider == "google") {
        return google_client(look_up);
    }
    if (provider == "oauth") {
        return oauth_client(look_up);
    }
    return provider == "api" ? api_client(look_up) : Client{};
}

std::string value_of(const Texts& places, const std::string& operation, std::string name) {
    if (name.ends_with('+')) {
        name.pop_back();
    }
    auto found = places.find(operation + "." + name);
    found = found == places.end() ? places.find(name) : found;
    return found == places.end() ? "1" : found->second;
}

// GitHub's operations at a repository's number take what those at its name take.
std::string_view plain_name(std::string_view operation) {
    constexpr std::string_view by_number = "_by_id";
    if (operation.ends_with(by_number)) {
        operation.remove_suffix(by_number.size());
    }
    return operation;
}

std::string fill(const Route& route, const Texts& places) {
    std::string path;
    std::string_view rest = route.path_template;
    while (!rest.empty()) {
        const auto open = rest.find('{');
        path += rest.substr(0, open);
        if (open == std::string_view::npos) {
            break;
        }
        const auto close = rest.find('}', open);
        path +=
            value_of(places, route.operation, std::string(rest.substr(open + 1, close - open - 1)));
        rest.remove_prefix(close + 1);
    }
    return path;
}

OperationCall call_of(std::string_view provider, const Route& route, const Client& client) {
    auto target = fmt::format("/{}{}", provider, fill(route, client.places));
    auto query = client.queries.find(route.operation);
    query = query == client.queries.end() ? client.queries.find("") : query;
    const bool in_body = route.method != "GET" && client.body_type == form_type;
    auto body = client.bodies.find(plain_name(route.operation));
    std::string content = body == client.bodies.end() ? std::string() : body->second;
    if (query != client.queries.end()) {
        if (in_body && content.empty()) {
            content = query->second;
        } else {
            target += "?" + query->second;
        }
    }
    if (content.empty() && route.method != "GET" && route.method != "DELETE") {
        content = client.body_type == json_type ? "{}" : "a=1";
    }
    // A form is no JSON, and names its client itself.
    const bool form = content.contains('=') && !content.starts_with('{');
    const bool named = form && content.contains("client_id=");
    auto request = make(route.method, target, named ? "" : client.authorization, std::move(content),
                        form ? form_type : client.body_type);
    for (const auto& [name, value] : client.headers) {
        request.header(name, value);
    }
    return {.provider = std::string(provider),
            .operation = route.operation,
            .target = std::move(target),
            .request = std::move(request)};
}

}  // namespace

std::vector<OperationCall> every_operation(const Provider& provider, std::uint64_t seed,
                                           const LookUp& look_up) {
    const Client client = client_of(provider.name(), seed, look_up);
    std::vector<OperationCall> calls;
    for (const bool deletes : {false, true}) {
        for (const Route& route : provider.routes()) {
            if ((route.method == "DELETE") == deletes) {
                calls.push_back(call_of(provider.name(), route, client));
            }
        }
    }
    return calls;
}

}  // namespace apilab::sandbox::internal
