#include "apilab/sandbox/effects/provider.hpp"

#include <gtest/gtest.h>

#include "apilab/sandbox/internal/ask_provider.hpp"

namespace apilab::sandbox::effects {
namespace {

TEST(Effects, are_made_as_often_as_they_are_asked_for) {
    EffectsProvider provider;
    const AskProvider ask(provider);
    EXPECT_EQ(ask.post("/", R"({"event":"a"})").status(), 201);
    EXPECT_EQ(ask.post("/", R"({"event":"a"})").body(), R"({"id":"eff_2","event":"a"})");
    EXPECT_EQ(ask.get("/").body(),
              R"({"effects":[{"id":"eff_1","event":"a"},{"id":"eff_2","event":"a"}]})");
    provider.reset();
    EXPECT_EQ(ask.get("/").body(), R"({"effects":[]})");
}

TEST(Effects, happen_once_under_one_key) {
    EffectsProvider provider;
    const AskProvider ask(provider);
    const http::Headers key{{"idempotency-key", "k1"}};
    const auto first = ask.send("POST", "/", key, R"({"event":"a"})");
    const auto again = ask.send("POST", "/", key, R"({"event":"a"})");
    EXPECT_EQ(again.status(), 201);
    EXPECT_EQ(again.body(), first.body());
    EXPECT_EQ(again.headers().value("idempotent-replayed"), "true");
    EXPECT_FALSE(first.headers().contains("idempotent-replayed"));
    EXPECT_EQ(ask.send("POST", "/", key, R"({"event":"b"})").status(), 422);
    EXPECT_EQ(ask.get("/").body(), R"({"effects":[{"id":"eff_1","event":"a"}]})");
}

TEST(Effects, want_to_know_the_event) {
    EffectsProvider provider;
    const AskProvider ask(provider);
    for (const std::string body : {"", "{", "{}", R"({"event":7})", R"({"event":""})"}) {
        EXPECT_EQ(ask.post("/", body).status(), 422) << body;
    }
    const http::Headers long_key{{"idempotency-key", std::string(256, 'k')}};
    EXPECT_EQ(ask.send("POST", "/", long_key, R"({"event":"a"})").status(), 400);
    EXPECT_EQ(ask.get("/nothing").status(), 404);
}

}  // namespace
}  // namespace apilab::sandbox::effects
