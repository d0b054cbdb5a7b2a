#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"
#include "apilab/sandbox/notion/provider.hpp"

namespace apilab::sandbox::notion {

/// For tests: asks the emulated Notion with its seed token.
class NotionWorld : public ::testing::Test {
protected:
    http::Response call(std::string method, std::string_view path, std::string body = {},
                        const std::string& version = "2025-09-03") {
        return ask.send(std::move(method), path,
                        {{"authorization", "Bearer ntn_stub"},
                         {"content-type", "application/json"},
                         {"notion-version", version}},
                        std::move(body));
    }
    http::Response get(std::string_view path) { return call("GET", path); }
    http::Response query(const std::string& body) {
        return call("POST", "/v1/data_sources/" + source + "/query", body);
    }
    /// A page below the data source; its id.
    std::string make(const std::string& properties) {
        return text(call("POST", "/v1/pages",
                         R"({"parent":{"data_source_id":")" + source + R"("},"properties":)" +
                             properties + "}"),
                    "/id");
    }
    /// A page below the home page; its id.
    std::string make_page(const std::string& more = {}) {
        return text(
            call("POST", "/v1/pages",
                 R"({"parent":{"page_id":")" + home +
                     R"("},"properties":{"title":[{"text":{"content":"P"}}]})" + more + "}"),
            "/id");
    }
    static std::string field(const http::Response& answer, std::string_view pointer) {
        return http::JsonDocument::parse(answer.body())->root().at_pointer(pointer).to_text();
    }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto document = http::JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or("none"));
    }
    static std::size_t size(const http::Response& answer, std::string_view pointer) {
        return http::JsonDocument::parse(answer.body())->root().at_pointer(pointer).size();
    }
    /// The titles of the rows that a query answers with.
    static std::vector<std::string> names(const http::Response& answer) {
        std::vector<std::string> all;
        const auto document = http::JsonDocument::parse(answer.body());
        for (const auto page : document->root()["results"].elements()) {
            all.emplace_back(page.at_pointer("/properties/Name/title/0/plain_text").string_or("?"));
        }
        return all;
    }

    NotionProvider provider{{.burst = 10'000}};
    AskProvider ask{provider};
    std::string database = database_id_of(1);
    std::string source = data_source_id_of(1);
    std::string home = text(get("/v1/databases/" + database), "/parent/page_id");
};

}  // namespace apilab::sandbox::notion
