#pragma once

#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apilab/base/temporary_folder.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/service/dashboard.hpp"
#include "apilab/radar/service/internal/test_parts.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar::internal {

/// A dashboard over a store on the disk, asked without a socket, under a virtual clock.
class DashboardTest : public ::testing::Test {
protected:
    DashboardTest() {
        store = *work::SqliteStore::open(folder_.path() / "work.db");
        parts.emplace(scheduler, *store, test_config(), false);
        begin();
    }
    ~DashboardTest() override {
        dashboard.reset();
        parts.reset();
        store.reset();
    }

    void begin(DashboardOptions options = {}) {
        dashboard.reset();
        options.drift = &parts->drift;
        dashboard.emplace(parts->parts(), rng, options);
        csrf_.clear();
    }
    void fill(bool hostile = false) { seed(*parts, hostile); }

    static http::Request request(std::string method, const std::string& path,
                                 const std::string& host = "localhost:8080") {
        http::Request request(std::move(method), *http::Url::parse("http://" + host + path));
        request.header("host", host);
        return request;
    }
    http::Response send(http::Request request, std::string peer = "127.0.0.1") {
        runtime::CallContext context;
        context.inbound = runtime::Inbound{.peer_address = std::move(peer)};
        auto answer =
            runtime::run(scheduler, dashboard->call(std::move(request), std::move(context)));
        return answer ? *std::move(answer) : http::Response(599, answer.error().to_string());
    }
    http::Response get(const std::string& path) { return send(request("GET", path)); }
    /// As our own page does it.
    http::Response act(const std::string& name, std::string body) {
        if (csrf_.empty()) {
            const auto session = get("/api/session");
            cookie_ = session.headers().value("set-cookie");
            cookie_ = cookie_.substr(0, cookie_.find(';'));
            csrf_ = json(session.body()).root()["csrf"].string_or("");
        }
        auto asks = request("POST", "/api/actions/" + name);
        asks.header("content-type", "application/json")
            .header("origin", "http://localhost:8080")
            .header("x-csrf-token", csrf_)
            .header("cookie", cookie_)
            .body(std::move(body));
        return send(std::move(asks));
    }
    static http::JsonDocument json(const std::string& text) {
        auto document = http::JsonDocument::parse(text);
        EXPECT_TRUE(document) << text;
        return *std::move(document);
    }
    /// The newest entry of the audit log: `action target: result`.
    std::string last_audit() {
        const auto log = json(get("/api/audit").body());
        for (const auto& entry : log.root()["entries"].elements()) {
            return std::string(entry["action"].string_or("")) + " " +
                   std::string(entry["target"].string_or("")) + ": " +
                   std::string(entry["result"].string_or(""));
        }
        return {};
    }

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<work::SqliteStore> store;
    std::optional<DashboardParts> parts;
    SeededRng rng{3};
    std::optional<Dashboard> dashboard;

private:
    TemporaryFolder folder_ = TemporaryFolder::make("apilab-dash-").value();
    std::string csrf_;
    std::string cookie_;
};

}  // namespace apilab::radar::internal
