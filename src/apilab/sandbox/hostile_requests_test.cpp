// Every operation of every emulated provider, and of the admin API, asked for what no good client
// asks: no crash, no 5xx, an answer that is bounded and well formed, and a row in the journal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <map>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/admin.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

constexpr std::size_t answer_max = std::size_t{8} << 20U;

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

// Names that the operations read somewhere in their bodies.
constexpr std::array<std::string_view, 64> names{"title",
                                                 "body",
                                                 "labels",
                                                 "name",
                                                 "tag_name",
                                                 "url",
                                                 "config",
                                                 "events",
                                                 "channel",
                                                 "text",
                                                 "ts",
                                                 "users",
                                                 "cursor",
                                                 "limit",
                                                 "parent",
                                                 "properties",
                                                 "filter",
                                                 "sorts",
                                                 "children",
                                                 "page_size",
                                                 "start_cursor",
                                                 "raw",
                                                 "id",
                                                 "ids",
                                                 "addLabelIds",
                                                 "threadId",
                                                 "queries",
                                                 "package",
                                                 "version",
                                                 "ecosystem",
                                                 "purl",
                                                 "commit",
                                                 "page_token",
                                                 "grant_type",
                                                 "refresh_token",
                                                 "client_id",
                                                 "code",
                                                 "scope",
                                                 "email",
                                                 "items",
                                                 "content",
                                                 "message",
                                                 "sha",
                                                 "branch",
                                                 "state",
                                                 "milestone",
                                                 "assignees",
                                                 "color",
                                                 "type",
                                                 "rich_text",
                                                 "blocks",
                                                 "_attachments",
                                                 "versions",
                                                 "dist-tags",
                                                 "files",
                                                 "length",
                                                 "post_at",
                                                 "topicName",
                                                 "startHistoryId",
                                                 "data_source_id",
                                                 "archived",
                                                 "in_trash",
                                                 "quantity",
                                                 "event"};

// An object with all of them, each with that value.
std::string everything(std::string_view value) {
    std::string object = "{";
    for (const auto name : names) {
        object += fmt::format("{}\"{}\":{}", object.size() > 1 ? "," : "", name, value);
    }
    return object + "}";
}

std::vector<std::string> json_bodies() {
    std::vector<std::string> bodies = {
        "",
        "{",
        "[]",
        "{}",
        "null",
        "0",
        "\"x\"",
        "1e999",
        "{\"a\":1}{\"a\":1}",
        "\xef\xbb\xbf{}",
        "{\"text\":\"\xff\xfe\"}",
        "{\"text\":\"\\ud800\"}",
        "{\"\\u0000\":1,\"id\":1,\"id\":2}",
        std::string("{\"text\":\"\0\"}", 12),
        "{\"text\":\"" + std::string(300'000, 'x') + "\"}",
        repeated("[", 100'000) + repeated("]", 100'000),
        repeated("{\"filter\":", 5'000) + "1" + repeated("}", 5'000),
        repeated("{\"and\":[", 200) + "{}" + repeated("]}", 200),
        "[" + repeated("{\"id\":\"a\"},", 5'000) + "{}]",
    };
    for (const auto* value :
         {"null", "true", "-1", "9223372036854775807", "1e308", "\"\"", "[]", "{}", "[[]]",
          "[null]", R"([{"id":{}}])", R"({"x":{"y":[{}]}})", "\"../../etc/passwd\"",
          R"("a\r\nx-evil: 1")", "\"\\u0000\"", "\"\xc3\xa9\\u202e\"", R"(["a","a"])"}) {
        bodies.push_back(everything(value));
    }
    bodies.push_back(everything("\"" + std::string(2'000, 'y') + "\""));
    return bodies;
}

std::vector<std::string> form_bodies() {
    std::vector<std::string> bodies = {
        "a", "=", "&&&&", "%", "%zz=%", "text=%ff%00", repeated("channel=x&", 5'000)};
    for (const auto* value :
         {"", "-1", "%00", "%0d%0ax-evil:1", "99999999999999999999", "%5B%7B%7D%5D"}) {
        std::string body;
        for (const auto name : names) {
            body += fmt::format("{}={}&", name, value);
        }
        bodies.push_back(body);
    }
    return bodies;
}

const std::vector<std::string>& queries() {
    static const std::vector<std::string> all = {
        "?",
        "?a",
        "?=&=&%3D",
        "?" + repeated("a=b&", 4'000),
        "?page=-1&per_page=99999999999999999999&limit=-5&offset=-1&size=1e9&from=-3",
        "?page=18446744073709551615&per_page=0&limit=0&offset=18446744073709551615",
        "?cursor=%00%FF%FE&page_token=%00&pageToken=zzz&start_cursor=..&after=%0D%0Ax:1&before=x",
        "?cursor=" + std::string(8'000, 'A'),
        "?q=" + repeated("%28", 3'000) + "&text=" + repeated("%22", 500),
        "?fields=" + repeated("a(", 3'000) + "&fields=%29%29%29&%24filter=" + repeated("(", 2'000),
        "?since=not-a-date&sort=../x&direction=up&state=%0A&labels=,,,,&milestone=%2A",
        "?%24filter=state%20eq%20%27&%24orderby=%2C&%24top=-1&%24skip=x&first=-1&keys=%00",
        "?redirect_uri=javascript:alert(1)&client_id=%0D%0ASet-Cookie:a&state=%0D%0Ax&scope=%00",
        "?channel=%00&ts=NaN&latest=-inf&oldest=1e999&types=,&inclusive=2&limit=abc",
        "?maxResults=-1&labelIds=&startHistoryId=-9&format=%00&uploadType=resumable&upload_id=..",
    };
    return all;
}

// What stands in a place of a path: something that is there, where we know it, and what never is.
const std::vector<std::string>& places() {
    static const std::vector<std::string> all = {
        "",       "..",    "%2e%2e",       ".",
        "%00",    "a%2Fb", "%2F%2F",       "%ff%fe",
        "-1",     "0",     "%0d%0ax:%201", "99999999999999999999",
        "%7B%7D", "~~~",   "%25%32%65",    std::string(6'000, 'x')};
    return all;
}
std::string known_place(const std::string& name) {
    static const std::map<std::string, std::string> known = {
        {"owner", "octo"},  {"repo", "hello"},    {"package", "left-box"}, {"version", "1.0.0"},
        {"scope", "@octo"}, {"name", "util"},     {"path", "README.md"},   {"tag", "latest"},
        {"number", "1"},    {"issue_number", "1"}};
    const auto found = known.find(name);
    return found == known.end() ? "1" : found->second;
}

// `/repos/{owner}/{repo}` with the known values, and `odd` (where given) in the last place.
std::string filled(std::string_view path_template, const std::string* odd) {
    std::string path;
    const auto last = path_template.rfind('{');
    for (std::size_t i = 0; i < path_template.size(); ++i) {
        if (path_template[i] != '{') {
            path += path_template[i];
            continue;
        }
        const auto end = path_template.find('}', i);
        std::string name(path_template.substr(i + 1, end - i - 1));
        if (name.ends_with('+')) {
            name.pop_back();
        }
        path += odd != nullptr && i == last ? *odd : known_place(name);
        i = end;
    }
    return path;
}

class HostileRequests : public testing::TestWithParam<std::string> {
protected:
    HostileRequests() {
        SandboxOptions options;
        options.providers = make_providers(make_world().value(), {});
        sandbox_ = Sandbox::make(scheduler_, std::move(options)).value();
        for (const auto& [name, value] : seed_credentials(1)) {
            credentials_[name] = value;
        }
    }

    http::Response ask(std::string method, const std::string& target, std::string type,
                       std::string body) {
        auto url = http::Url::parse("http://127.0.0.1:4010" + target);
        if (!url) {  // the server refuses these before anybody is asked
            return http::Response(400, "");
        }
        http::Request request(std::move(method), *std::move(url));
        request.header("user-agent", "hostile/1").header("notion-version", "2025-09-03");
        if (!token_.empty()) {
            request.header("authorization", "Bearer " + token_);
        }
        if (!type.empty()) {
            request.header("content-type", std::move(type));
        }
        request.body(std::move(body));
        const auto& journal = sandbox_->journal();
        const auto before = journal.rows().size() + journal.dropped();
        auto answer = runtime::run(scheduler_, sandbox_->call(std::move(request), {}));
        EXPECT_TRUE(answer) << answer.error().to_string();
        EXPECT_EQ(sandbox_->journal().rows().size() + sandbox_->journal().dropped(), before + 1)
            << "no row";
        return answer ? *std::move(answer) : http::Response(500, "");
    }

    void log_in(std::string_view provider) {
        static const std::map<std::string_view, std::string> tokens = {
            {"github", "APILAB_GITHUB_TOKEN"},
            {"slack", "APILAB_SLACK_TOKEN"},
            {"notion", "APILAB_NOTION_TOKEN"},
            {"api", "APILAB_API_TOKEN"}};
        token_ = provider == "npm" ? "npm_stub" : "";
        if (const auto found = tokens.find(provider); found != tokens.end()) {
            token_ = credentials_.at(found->second);
        }
        if (provider == "google") {
            const auto answer =
                ask("POST", "/google/token", "application/x-www-form-urlencoded",
                    "grant_type=refresh_token&refresh_token=" +
                        http::percent_encode(credentials_.at("APILAB_GOOGLE_REFRESH_TOKEN")) +
                        "&client_id=" + credentials_.at("APILAB_GOOGLE_CLIENT_ID") +
                        "&client_secret=" + credentials_.at("APILAB_GOOGLE_CLIENT_SECRET"));
            const auto document = http::JsonDocument::parse(answer.body());
            ASSERT_TRUE(document);
            token_ = document->root()["access_token"].string_or("");
            EXPECT_FALSE(token_.empty()) << answer.body();
        }
    }

    // What every answer has to be, whatever was asked.
    static std::string fault_of(const http::Response& answer) {
        if (answer.status() < 200 || answer.status() > 499) {
            return fmt::format("{}: {}", answer.status(), answer.body().substr(0, 200));
        }
        if (answer.body().size() > answer_max) {
            return fmt::format("{} bytes", answer.body().size());
        }
        for (const auto& [name, value] : answer.headers()) {
            if (!http::valid_field_name(name) || !http::valid_field_value(value)) {
                return "a header that may not be written: " + name;
            }
        }
        const auto type = answer.headers().value("content-type");
        const bool json = type.contains("json") && !type.contains("ndjson");
        if (json && !answer.body().empty() && answer.status() != 304 &&
            !http::JsonDocument::parse(answer.body())) {
            return "not JSON: " + answer.body().substr(0, 200);
        }
        return "";
    }

    void expect_harmless(const Route& route, const std::string& target, const std::string& type,
                         const std::string& body) {
        const auto answer = ask(route.method, target, type, body);
        const auto fault = fault_of(answer);
        EXPECT_EQ(fault, "") << route.operation << " " << target.substr(0, 200) << "\n"
                             << type << ": " << body.substr(0, 200);
    }

    runtime::VirtualScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
    std::map<std::string, std::string> credentials_;
    std::string token_;
};

TEST_P(HostileRequests, every_operation_survives_every_one_of_them) {
    const auto& entries = sandbox_->surface().entries;
    const auto entry = std::ranges::find(entries, GetParam(), &Surface::Entry::provider);
    ASSERT_NE(entry, entries.end());
    const auto json = json_bodies();
    const auto form = form_bodies();
    for (const auto& route : entry->routes) {
        sandbox_->reset();
        log_in(GetParam());
        const std::string prefix = "/" + GetParam();
        const auto good = prefix + filled(route.path_template, nullptr);
        for (const auto& query : queries()) {
            expect_harmless(route, good + query, "", "");
        }
        if (route.path_template.contains('{')) {
            for (const auto& place : places()) {
                expect_harmless(route, prefix + filled(route.path_template, &place), "", "");
            }
        }
        if (route.method != "GET" || GetParam() == "slack") {
            for (const auto& body : json) {
                expect_harmless(route, good, "application/json", body);
            }
            for (const auto& body : form) {
                expect_harmless(route, good, "application/x-www-form-urlencoded", body);
            }
            expect_harmless(route, good, "multipart/mixed; boundary=" + std::string(500, '-'),
                            "--\r\n--\r\n");
            expect_harmless(route, good, "multipart/mixed", "x");
            expect_harmless(route, good, "text/plain; charset=\"", "x");
        }
        expect_harmless(route, prefix + filled(route.path_template, nullptr) + "/..", "", "");
        expect_harmless(route, prefix + "//" + filled(route.path_template, nullptr), "", "");
        if (HasFailure()) {
            return;
        }
    }
}

TEST_P(HostileRequests, without_a_credential_they_are_no_better) {
    const auto& entries = sandbox_->surface().entries;
    const auto entry = std::ranges::find(entries, GetParam(), &Surface::Entry::provider);
    ASSERT_NE(entry, entries.end());
    for (const auto& route : entry->routes) {
        for (const auto* token : {"", " ", "Bearer", "%00", "\xff", "a b c"}) {
            token_ = token;
            expect_harmless(route, "/" + GetParam() + filled(route.path_template, nullptr),
                            "application/json", everything("\"x\""));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostileRequests,
                         testing::Values("npm", "osv", "github", "api", "effects", "foreign",
                                         "oauth", "slack", "notion", "google"),
                         [](const auto& one) { return one.param; });

class HostileAdmin : public HostileRequests {
protected:
    struct Operation {
        std::string method;
        std::string path;
    };
    // As its own document tells.
    std::vector<Operation> operations() {
        auto answer = call("GET", "/_sandbox/openapi.json", "", "application/json");
        const auto document = http::JsonDocument::parse(answer.body()).value();
        std::vector<Operation> all;
        for (const auto& [path, item] : document.root()["paths"].members()) {
            for (const auto& [method, operation] : item.members()) {
                std::string upper(method);
                std::ranges::transform(upper, upper.begin(),
                                       [](unsigned char c) { return std::toupper(c); });
                all.push_back({upper, filled(path, nullptr)});
            }
        }
        return all;
    }
    http::Response call(std::string method, const std::string& target, std::string body,
                        std::string type, const http::Headers& headers = {},
                        std::string_view token = "t0ken") {
        auto url = http::Url::parse("http://127.0.0.1:4011" + target);
        if (!url) {
            return http::Response(400, "");
        }
        http::Request request(std::move(method), *std::move(url));
        request.headers() = headers;
        if (!token.empty()) {
            request.header("authorization", "Bearer " + std::string(token));
        }
        request.header("content-type", std::move(type)).body(std::move(body));
        return runtime::run(scheduler_, admin_.call(std::move(request), {})).value();
    }
    Admin admin_{*sandbox_, Secret("t0ken")};
};

TEST_F(HostileAdmin, every_route_is_closed_to_who_has_no_token_or_comes_from_elsewhere) {
    const auto all = operations();
    EXPECT_GE(all.size(), 35U);
    const auto run = sandbox_->run().id;
    for (const auto& [method, path] : all) {
        EXPECT_EQ(call(method, path, "{}", "application/json", {}, "").status(), 401) << path;
        EXPECT_EQ(call(method, path, "{}", "application/json", {}, "t0ke").status(), 401) << path;
        EXPECT_EQ(
            call(method, path + "?token=t0ken&access_token=t0ken", "{}", "application/json", {}, "")
                .status(),
            401)
            << path;
        EXPECT_EQ(
            call(method, path, "{}", "application/json", {{"origin", "http://evil.test"}}).status(),
            403)
            << path;
        EXPECT_EQ(call(method, path, "{}", "application/json", {{"sec-fetch-site", "cross-site"}})
                      .status(),
                  403)
            << path;
    }
    EXPECT_EQ(sandbox_->run().id, run) << "nothing of it took effect";
}

TEST_F(HostileAdmin, every_route_survives_every_body_and_query) {
    const auto json = json_bodies();
    for (const auto& [method, path] : operations()) {
        const auto expect_fine = [&](const http::Response& answer, const std::string& what) {
            const bool follows = answer.status() == 501 && path == "/_sandbox/events";
            EXPECT_EQ(follows ? "" : fault_of(answer), "") << method << " " << path << " " << what;
        };
        for (const auto& body : json) {
            expect_fine(call(method, path, body, "application/json"), body.substr(0, 200));
        }
        for (const auto& query : queries()) {
            expect_fine(call(method, path + query, "{}", "application/json"), query.substr(0, 200));
        }
        for (const auto& place : places()) {
            const auto end = path.rfind('/');
            expect_fine(call(method, path.substr(0, end + 1) + place, "{}", "application/json"),
                        place.substr(0, 200));
        }
    }
}

}  // namespace
}  // namespace apilab::sandbox
