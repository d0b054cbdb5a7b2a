#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/provider/notion.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/notion/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::provider::internal {

/// What was made lately is not found by queries, whatever becomes of the answer that told of it.
class LaggingIndex final : public runtime::Service {
public:
    LaggingIndex(runtime::VirtualScheduler& scheduler, runtime::Service& inner)
        : scheduler_(scheduler), inner_(inner) {}

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override {
        const std::string path(request.url().path());
        const bool creates = request.method() == "POST" && path.ends_with("/v1/pages");
        auto answer = co_await inner_.call(std::move(request), std::move(context));
        if (!answer || answer->status() != 200 || lag == Duration()) {
            co_return answer;
        }
        if (creates) {
            const auto document = http::JsonDocument::parse(answer->body());
            made_.emplace_back(document->root()["id"].string_or(""), scheduler_.now());
        } else if (path.ends_with("/query")) {
            hide(*answer);
        }
        co_return answer;
    }

    Duration lag{};

private:
    void hide(http::Response& answer) const {
        const auto document = http::JsonDocument::parse(answer.body());
        std::string left;
        for (const auto row : document->root()["results"].elements()) {
            const auto id = row["id"].string_or("");
            const bool hidden = std::ranges::any_of(made_, [&](const auto& one) {
                return one.first == id && scheduler_.now() - one.second < lag;
            });
            left += hidden ? "" : (left.empty() ? "" : ",") + row.to_text();
        }
        const auto next = document->root()["next_cursor"].to_text();
        const auto more = document->root()["has_more"].to_text();
        answer.body("{\"object\":\"list\",\"results\":[" + left + "],\"next_cursor\":" + next +
                    ",\"has_more\":" + more + "}");
    }
    runtime::VirtualScheduler& scheduler_;
    runtime::Service& inner_;
    std::vector<std::pair<std::string, SteadyTime>> made_;
};

/// For tests: the sandbox's Notion under virtual time, a client of it, and a person who uses the
/// same workspace by other ways.
class NotionBox {
public:
    explicit NotionBox(std::string_view faults = "", client::ClientOptions client_options = {},
                       double burst = 10'000) {
        std::vector<std::unique_ptr<sandbox::Provider>> providers;
        providers.push_back(std::make_unique<sandbox::notion::NotionProvider>(
            sandbox::notion::NotionOptions{.tokens = {"ntn_stub", "ntn_person"},
                                           .readers = {"ntn_reader"},
                                           .requests_per_second = burst > 100 ? 10'000.0 : 3.0,
                                           .burst = burst}));
        auto scenario = sandbox::parse_scenario("name = \"x\"\n" + std::string(faults));
        EXPECT_TRUE(scenario) << scenario.error().to_string();
        auto box = sandbox::Sandbox::make(
            scheduler, {.scenario = *std::move(scenario), .providers = std::move(providers)});
        EXPECT_TRUE(box) << box.error().to_string();
        sandbox = *std::move(box);
        index = std::make_unique<LaggingIndex>(scheduler, *sandbox);
        transport = std::make_unique<transport::LoopbackTransport>(scheduler, *index);
        client = *client::Client::create(scheduler, *transport, rng, std::move(client_options));
        source = text_in(person("POST", "/v1/data_sources",
                                R"({"parent":{"database_id":")" + database() +
                                    R"("},"properties":{"Name":{"title":{}}}})"),
                         "/id");
    }

    [[nodiscard]] Notion notion(Notion::Options options = {}) const {
        if (options.token.empty()) {
            options.token = Secret("ntn_stub");
        }
        if (options.data_source.empty()) {
            options.data_source = source;
        }
        return Notion({.client = client.get(), .base = *http::Url::parse("http://box.test/notion")},
                      std::move(options));
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler, std::move(task));
    }
    /// What the person does; no fault is asked.
    http::Response person(std::string method, std::string_view path, std::string body = {}) {
        http::Request request(std::move(method),
                              *http::Url::parse("http://box.test/notion" + std::string(path)));
        request.header("authorization", "Bearer ntn_person")
            .header("notion-version", "2025-09-03")
            .header("content-type", "application/json");
        if (!body.empty()) {
            request.body(std::move(body));
        }
        auto settings = sandbox->settings();
        settings.faults = false;
        sandbox->change_settings(settings);
        auto answer = runtime::run(scheduler, sandbox->call(std::move(request), {}));
        settings.faults = true;
        sandbox->change_settings(settings);
        persons_.insert(sandbox->journal().rows().back().seq);
        EXPECT_TRUE(answer);
        EXPECT_EQ(answer->status(), 200) << answer->body();
        return *std::move(answer);
    }
    /// A column of the data source: `"Decision":{"select":{}}`.
    void add_column(const std::string& column) {
        person("PATCH", "/v1/data_sources/" + source, "{\"properties\":{" + column + "}}");
    }
    void set(const std::string& page, const std::string& properties) {
        person("PATCH", "/v1/pages/" + page, "{\"properties\":" + properties + "}");
    }
    void throw_away(const std::string& page) {
        person("PATCH", "/v1/pages/" + page, R"({"in_trash":true})");
    }
    /// The rows as they are, lag or not: JSON.
    std::vector<std::string> rows(bool in_trash = false) {
        const auto answer = person("POST", "/v1/data_sources/" + source + "/query",
                                   in_trash ? R"({"in_trash":true})" : "{}");
        std::vector<std::string> all;
        const auto document = http::JsonDocument::parse(answer.body());
        for (const auto row : document->root()["results"].elements()) {
            all.push_back(row.to_text());
        }
        return all;
    }
    /// Requests of an operation that the client made.
    [[nodiscard]] std::size_t count(std::string_view operation) const {
        std::size_t n = 0;
        for (const auto& row : sandbox->journal().rows()) {
            n += row.operation == operation && !persons_.contains(row.seq) ? 1 : 0;
        }
        return n;
    }
    static std::string text_in(const http::Response& answer, std::string_view pointer) {
        const auto document = http::JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or("none"));
    }
    [[nodiscard]] static std::string database() {
        for (const auto& one : sandbox::seed_credentials(1)) {
            if (one.first == "APILAB_NOTION_DB") {
                return one.second;
            }
        }
        return "none";
    }

    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::unique_ptr<LaggingIndex> index;
    std::unique_ptr<transport::LoopbackTransport> transport;
    std::unique_ptr<client::Client> client;
    /// A data source of its own, with a title and nothing else.
    std::string source;

private:
    std::set<std::uint64_t> persons_;
};

}  // namespace apilab::provider::internal
