// What becomes of a write whose answer was lost.

#include <fmt/format.h>

#include <cstdint>
#include <functional>

#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

using namespace std::chrono_literals;

std::vector<Call> effect() {
    return {{.method = "POST",
             .target = "/effects",
             .body = R"({"event":"release-7","sent_at":"2026-01-01T00:00:00Z"})"}};
}

// Text that looks like a key from good chance, and is the same for the same number.
std::string key_of(int number) {
    return internal::sha256_hex(fmt::format("key {}", number)).substr(0, 32);
}

struct OrderHabits {
    /// The key of an order's n-th attempt.
    std::function<std::string(int order, int attempt)> key = [](int order, int /*attempt*/) {
        return key_of(order);
    };
    /// Each attempt says when it was sent.
    bool says_when = false;
    int orders = 12;
};

// Places orders behind a login; what is lost is sent again after a moment.
Client ordering(OrderHabits habits) {
    return [habits = std::move(habits)](Stage& stage) {
        const auto login = stage.send({.method = "POST",
                                       .target = "/api/session",
                                       .body = R"({"user":"ada","password":"api_password_stub"})"});
        const auto cookie = login.headers.value("set-cookie");
        for (int order = 1; order <= habits.orders; ++order) {
            for (int attempt = 1; attempt <= 3; ++attempt) {
                const auto when =
                    habits.says_when
                        ? fmt::format(",\"timestamp\":{}", 1767225600000 + order * 1000 + attempt)
                        : std::string();
                Call call{.method = "POST",
                          .target = "/api/orders",
                          .body = fmt::format(R"({{"reference":"order-{}","sku":"left-box"{}}})",
                                              order, when),
                          .headers = {{"cookie", std::string(cookie.substr(0, cookie.find(';')))}}};
                if (const auto key = habits.key(order, attempt); !key.empty()) {
                    call.headers.add("idempotency-key", key);
                }
                if (stage.send(std::move(call)).complete()) {
                    break;
                }
                stage.wait(500ms);
            }
        }
    };
}

}  // namespace

void add_write_trials(std::vector<Trial>& list) {
    const auto lost = fault("{ reset = \"after_commit\" }", "{ nth = 1 }", "effects:create_effect");
    list.push_back(
        {.check = "IDM-01",
         .scenario = lost,
         .good = calling({}, effect()),
         .mutants = {{"sends it again", calling({.lost_write = LostWrite::resends}, effect())},
                     {"sends it again with a new time in it",
                      calling({.lost_write = LostWrite::resends_with_new_time}, effect())}}});
    list.push_back({.check = "IDM-01",
                    .scenario = lost,
                    .good = calling({.lost_write = LostWrite::looks_first}, effect()),
                    .mutants = {{"looks at something else's list",
                                 [](Stage& stage) {
                                     (void)stage.send(effect().front());
                                     (void)stage.get("/api/items/itm_0001");
                                     stage.wait(1s);
                                     (void)stage.send(effect().front());
                                 }}},
                    .about = "a look first"});
    list.push_back(
        {.check = "IDM-02",
         .scenario = fault("{ reset = \"after_commit\" }", "{ every = 5 }", "api:create_order"),
         .good = ordering({}),
         .mutants = {
             {"makes a new key for each attempt",
              ordering(
                  {.key = [](int order, int attempt) { return key_of(order * 10 + attempt); }})},
             {"has no key", ordering({.key = [](int, int) { return std::string(); }})},
             {"makes a new key for each attempt and says when it was sent",
              ordering({.key = [](int order, int attempt) { return key_of(order * 10 + attempt); },
                        .says_when = true})}}});
    list.push_back(
        {.check = "IDM-03",
         .scenario = "",
         .good = ordering({.orders = 24}),
         .mutants = {{"counts its keys",
                      ordering({.key = [](int order, int) { return fmt::format("key-{}", order); },
                                .orders = 24})}}});
    list.push_back({.check = "IDM-04",
                    .scenario = "",
                    .good = ordering({}),
                    .mutants = {{"has one key for all",
                                 ordering({.key = [](int, int) { return key_of(1); }})}}});
}

}  // namespace apilab::sandbox::trials
