// The tests of http-tests/cache-tests (APILAB_DATA/standards/http-cache): what a server answers to
// a row of requests, and which of them a cache has to answer itself. Played over real sockets: our
// client against a server of ours. The pauses of three seconds are time of the cache's clock, which
// is moved; dates of the server are by the same clock.
//
// `required` tests that apply to a private cache of a client have to pass. What `optimal` ones do
// is counted and printed, `check` ones have no right answer. Left out, by rule, are tests for
// shared caches and CDNs (`cdn_only`, and those that `browser_skip` marks because they ask for what
// only a shared cache does), and those that fetch() alone can express; see `excluded`.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "external_data.hpp"

namespace apilab::client {
namespace {

using namespace std::chrono_literals;
using external::json_of;
using http::Headers;
using http::Json;
using http::Request;
using http::Response;

constexpr std::string_view test_body = "the body of this test";

/// Real time, and as much later as the test has paused.
class MovedClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override { return real_.now() + moved_; }
    [[nodiscard]] SystemTime system_now() const override { return real_.system_now() + moved_; }
    void move(Duration by) { moved_ += by; }

private:
    RealClock real_;
    Duration moved_{};
};

/// Values of fields where numbers stand for dates and locations for paths of the test.
std::string field_value(std::string_view name, Json value, SystemTime now, const Json& config) {
    if (const auto delta = value.integer()) {
        static const std::set<std::string, std::less<>> dates{
            "date", "expires", "last-modified", "if-modified-since", "if-unmodified-since"};
        std::string lower;
        std::ranges::transform(name, std::back_inserter(lower),
                               [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
        return dates.contains(lower) ? http::format_http_date(now + std::chrono::seconds(*delta))
                                     : std::to_string(*delta);
    }
    std::string text(value.string_or(""));
    const bool place = http::iequals(name, "location") || http::iequals(name, "content-location");
    return place && config["magic_locations"].boolean().value_or(false)
               ? "/test" + (text.empty() ? text : "/" + text)
               : text;
}

/// Answers each request as its configuration says, and keeps what it saw.
class Origin final : public runtime::Service {
public:
    struct Seen {
        int number = 0;
        std::string method;
        Headers headers;
        Headers saved;
    };
    Origin(Json requests, const Clock& clock) : clock_(clock) {
        for (const Json config : requests.elements()) {
            configs_.push_back(config);
        }
    }
    [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }

    runtime::Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const int number = std::stoi(std::string(request.headers().value("req-num")));
        co_return answer(request, number);
    }

private:
    [[nodiscard]] int status_of(const Request& request, int number) const {
        const Json config = configs_.at(static_cast<std::size_t>(number) - 1);
        const int said =
            static_cast<int>(config.at_pointer("/response_status/0").integer().value_or(200));
        if (!config["expected_type"].string_or("").ends_with("validated")) {
            return said;
        }
        const auto& before = seen_.back().saved;
        const auto same = [&](const char* asked, const char* sent) {
            return before.contains(sent) && request.headers().value(asked) == before.value(sent);
        };
        const bool valid =
            same("if-modified-since", "last-modified") || same("if-none-match", "etag");
        return valid ? 304 : 999;
    }
    Response answer(const Request& request, int number) {
        const Json config = configs_.at(static_cast<std::size_t>(number) - 1);
        const SystemTime now = clock_.system_now();
        const int status = status_of(request, number);
        Seen seen{.number = number,
                  .method = request.method(),
                  .headers = request.headers(),
                  .saved = {}};
        Response response(status);
        response.headers().add("Server-Request-Count", std::to_string(seen_.size() + 1));
        response.headers().add("Client-Request-Count", std::to_string(number));
        response.headers().add("Server-Now", std::to_string(now.time_since_epoch().count()));
        for (const Json header : config["response_headers"].elements()) {
            const std::string name(header.at_pointer("/0").string_or(""));
            const auto value = field_value(name, header.at_pointer("/1"), now, config);
            if (!http::iequals(name, "content-length")) {
                response.headers().add(name, value);
            }
            if (header.at_pointer("/2").boolean().value_or(true)) {
                seen.saved.add(name, value);
            }
        }
        if (!response.headers().contains("content-type")) {
            response.headers().add("Content-Type", "text/plain");
        }
        if (config["disconnect"].boolean().value_or(false)) {
            auto plan = std::make_shared<http::WirePlan>();
            plan->close_before_response = true;
            response.wire(std::move(plan));
        }
        if (status != 204 && status != 304) {
            response.body(std::string(config["response_body"].string_or(test_body)));
        }
        // As the suite has it: what validates next is compared with what was sent last.
        seen_.push_back(std::move(seen));
        return response;
    }

    const Clock& clock_;
    std::vector<Json> configs_;
    std::vector<Seen> seen_;
};

/// Runs one test; what went wrong, or nothing.
class Player {
public:
    Player(runtime::RealScheduler& scheduler, Json test)
        : scheduler_(scheduler),
          requests_(test["requests"]),
          origin_(requests_, clock_),
          server_(scheduler, origin_),
          transport_(scheduler) {}

    std::vector<std::string> play() {
        EXPECT_TRUE(server_.listen());
        ClientOptions options;
        options.cache = CacheOptions{.store = *cache::MemoryCache::make(), .clock = &clock_};
        options.retry.max_attempts = 1;
        client_ = *Client::create(scheduler_, transport_, rng_, std::move(options));
        int number = 0;
        for (const Json config : requests_.elements()) {
            ask(config, ++number);
            if (config["pause_after"].boolean().value_or(false)) {
                runtime::run(scheduler_, settle());
                clock_.move(3s);
            }
        }
        runtime::run(scheduler_, settle());
        check_requests();
        client_.reset();
        return std::move(wrong_);
    }

private:
    // Lets what runs in the background come to its end.
    runtime::Task<void> settle() {
        const auto before = origin_.seen().size();
        if (in_background_) {
            for (int i = 0; i < 400 && origin_.seen().size() == before; ++i) {
                (void)co_await scheduler_.sleep_for(5ms);
            }
            (void)co_await scheduler_.sleep_for(20ms);
            in_background_ = false;
        }
    }
    void expect(bool good, const std::string& what) {
        if (!good) {
            wrong_.push_back(what);
        }
    }

    void ask(Json config, int number) {
        std::string text = fmt::format("http://127.0.0.1:{}/test", server_.port());
        text += config["filename"].missing() ? ""
                                             : fmt::format("/{}", config["filename"].string_or(""));
        text += config["query_arg"].missing()
                    ? ""
                    : fmt::format("?{}", config["query_arg"].string_or(""));
        Request request(std::string(config["request_method"].string_or("GET")),
                        *http::Url::parse(text));
        request.body(std::string(config["request_body"].string_or("")));
        const auto magic = config["magic_ims"].boolean().value_or(false);
        for (const Json header : config["request_headers"].elements()) {
            const std::string name(header.at_pointer("/0").string_or(""));
            request.headers().add(name,
                                  field_value(name, header.at_pointer("/1"),
                                              magic ? last_now_ : clock_.system_now(), config));
        }
        request.header("Req-Num", std::to_string(number));
        auto result = runtime::run(scheduler_, client_->send(std::move(request)));
        if (result) {
            // When the server wrote it, which for a stored answer is long ago.
            last_now_ = SystemTime(
                Duration(std::atoll(std::string(result->headers().value("server-now")).c_str())));
        }
        const auto record = result ? result->record() : nullptr;
        in_background_ = record && record->cache &&
                         record->cache->use == http::CacheRecord::Use::stale_while_revalidate;
        check_answer(config, number, result);
        answers_.push_back(std::move(result));
    }

    void check_answer(const Json& config, int number, const Result<Response>& result) {
        const bool disconnected = config["disconnect"].boolean().value_or(false);
        if (!result) {
            expect(disconnected && config["expected_type"].string_or("") != "cached",
                   fmt::format("request {}: {}", number, result.error().to_string()));
            return;
        }
        const auto& headers = result->headers();
        const auto type = config["expected_type"].string_or("");
        const int at = std::atoi(std::string(headers.value("client-request-count")).c_str());
        expect(type != "cached" || at < number, fmt::format("answer {} is not cached", number));
        expect(type != "not_cached" || at == number, fmt::format("answer {} is cached", number));
        check_status(config, number, result->status());
        for (const Json header : config["expected_response_headers"].elements()) {
            check_header(header, number, *result, config);
        }
        for (const Json header : config["expected_response_headers_missing"].elements()) {
            const auto name = header.string_or(header.at_pointer("/0").string_or(""));
            const auto part = header.at_pointer("/1").string();
            expect(part ? !headers.value(name).contains(*part) : !headers.contains(name),
                   fmt::format("answer {} has {}", number, name));
        }
        const auto text = config["expected_response_text"].string_or(
            config["response_body"].string_or(test_body));
        const bool empty = result->status() == 204 || result->status() == 304 ||
                           config["request_method"].string_or("GET") == "HEAD";
        if (config["check_body"].boolean().value_or(true)) {
            expect(result->body() == text || empty,
                   fmt::format("answer {} has the body '{}'", number, result->body()));
        }
    }
    void check_status(const Json& config, int number, int status) {
        int expected = 200;
        if (const Json said = config["expected_status"]; !said.missing()) {
            if (said.is_null()) {
                return;
            }
            expected = static_cast<int>(said.integer().value_or(0));
        } else if (const auto sent = config.at_pointer("/response_status/0").integer()) {
            expected = static_cast<int>(*sent);
        }
        expect(status == expected, fmt::format("answer {} is {}", number, status));
    }
    void check_header(const Json& header, int number, const Response& response,
                      const Json& config) {
        const auto name = header.string_or(header.at_pointer("/0").string_or(""));
        const auto value = response.headers().value(name);
        const auto operation = header.at_pointer("/1").string_or("");
        bool good = response.headers().contains(name);
        if (operation == ">") {
            good = good && std::atoi(std::string(value).c_str()) >
                               header.at_pointer("/2").integer().value_or(0);
        } else if (operation == "=") {
            good = value == response.headers().value(header.at_pointer("/2").string_or(""));
        } else if (!header.is_string()) {
            // The length is the wire's business here: the server writes the true one.
            good = http::iequals(name, "content-length") ||
                   value == field_value(name, header.at_pointer("/1"), last_now_, config);
        }
        expect(good, fmt::format("answer {} has {}: '{}'", number, name, value));
    }

    void check_requests() {
        std::size_t at = 0;
        int number = 0;
        for (const Json config : requests_.elements()) {
            ++number;
            const auto type = config["expected_type"].string_or("");
            if (type == "cached") {
                continue;
            }
            const Origin::Seen* seen = at < origin_.seen().size() ? &origin_.seen()[at] : nullptr;
            ++at;
            const auto has = [&](std::string_view name) {
                return seen != nullptr && seen->headers.contains(name);
            };
            expect(type != "etag_validated" || has("if-none-match"), "no if-none-match");
            expect(type != "lm_validated" || has("if-modified-since"), "no if-modified-since");
            for (const Json header : config["expected_request_headers"].elements()) {
                const auto name = header.string_or(header.at_pointer("/0").string_or(""));
                const auto value = header.at_pointer("/1").string();
                expect(has(name) && (!value || seen->headers.value(name) == *value),
                       fmt::format("request {} without {}", number, name));
            }
            for (const Json header : config["expected_request_headers_missing"].elements()) {
                const auto name = header.string_or(header.at_pointer("/0").string_or(""));
                const auto value = header.at_pointer("/1").string();
                expect(!has(name) || (value && seen->headers.value(name) != *value),
                       fmt::format("request {} with {}", number, name));
            }
            if (const auto method = config["expected_method"].string()) {
                expect(seen != nullptr && seen->method == *method, "another method");
            }
            check_saved(seen, number);
        }
    }
    // What the server sent to this request has to be in its answer.
    void check_saved(const Origin::Seen* seen, int number) {
        const auto& answer = answers_.at(static_cast<std::size_t>(number) - 1);
        if (seen == nullptr || seen->number != number || !answer) {
            return;
        }
        for (const auto& [name, value] : seen->saved) {
            std::string joined;
            for (const auto line : answer->headers().get_all(name)) {
                (joined += joined.empty() ? "" : ", ") += line;
            }
            std::string sent;
            for (const auto line : seen->saved.get_all(name)) {
                (sent += sent.empty() ? "" : ", ") += line;
            }
            const bool hop = http::iequals(name, "date") || http::iequals(name, "connection") ||
                             http::iequals(name, "content-length") ||
                             http::iequals(name, "content-encoding") ||
                             http::iequals(name, "transfer-encoding") || http::iequals(name, "age");
            expect(hop || joined == sent,
                   fmt::format("answer {} has {}: '{}'", number, name, joined));
        }
    }

    runtime::RealScheduler& scheduler_;
    MovedClock clock_;
    Json requests_;
    Origin origin_;
    server::Server server_;
    transport::AsioTransport transport_;
    SeededRng rng_{1};
    std::unique_ptr<Client> client_;
    std::vector<Result<Response>> answers_;
    std::vector<std::string> wrong_;
    SystemTime last_now_;
    bool in_background_ = false;
};

/// Why a test is not for a private cache in a client; empty: it is.
std::string excluded(const Json& test) {
    static const std::map<std::string, std::string, std::less<>> by_id{
        {"partial-use-stored-headers",
         "asks for ranges out of stored answers, an optional part: ranges go past the cache"},
        {"headers-omit-headers-listed-in-Connection",
         "our server writes Connection itself (rules_test.cpp has the rule)"},
        {"headers-store-Content-Encoding",
         "sends a body that is not coded as it says: our transport refuses it"},
    };
    const auto id = test["id"].string_or("");
    if (test["cdn_only"].boolean().value_or(false)) {
        return "for CDNs (cdn_only)";
    }
    if (id.contains("shared") || id.starts_with("other-authorization") ||
        id == "stale-close-proxy-revalidate" || id == "stale-close-s-maxage=2") {
        return "for shared caches";
    }
    if (id.starts_with("conditional-304") || id.starts_with("conditional-etag-") ||
        id.starts_with("conditional-lm-")) {
        return id.contains("generate") ? "" : "conditions of the caller's own go past the cache";
    }
    if (id.starts_with("interim-")) {
        return "interim answers end in the transport";
    }
    for (const Json request : test["requests"].elements()) {
        if (!request["cache"].missing()) {
            return "a mode of fetch()";
        }
    }
    const auto known = by_id.find(id);
    return known == by_id.end() ? "" : known->second;
}

TEST(HttpCacheTests, the_required_ones_for_a_private_client_cache_pass) {
    const auto files = external::files_in("standards/http-cache");
    APILAB_SKIP_WITHOUT(files);
    runtime::RealScheduler scheduler;
    std::map<std::string, std::vector<std::string>> left_out;
    std::map<std::string, std::pair<int, int>> passed;  // of all, by kind
    std::string not_optimal;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const Json test : document.root()["tests"].elements()) {
            const std::string id(test["id"].string_or(""));
            const std::string kind(test["kind"].string_or("required"));
            if (const auto reason = excluded(test); !reason.empty()) {
                left_out[reason].push_back(id);
                continue;
            }
            const auto wrong = Player(scheduler, test).play();
            ++passed[kind].second;
            passed[kind].first += wrong.empty() ? 1 : 0;
            if (kind == "required") {
                EXPECT_TRUE(wrong.empty())
                    << id << ": " << fmt::format("{}", fmt::join(wrong, "; "));
            } else if (kind == "optimal" && !wrong.empty()) {
                not_optimal += fmt::format("  {}: {}\n", id, wrong.front());
            }
        }
    }
    for (const auto& [kind, count] : passed) {
        fmt::print("{}: {} of {} pass\n", kind, count.first, count.second);
    }
    fmt::print("not optimal, on purpose or not:\n{}", not_optimal);
    for (const auto& [reason, ids] : left_out) {
        fmt::print("left out, {}: {}\n", reason, fmt::join(ids, " "));
    }
    EXPECT_GE(passed["required"].second, 75);
}

}  // namespace
}  // namespace apilab::client
