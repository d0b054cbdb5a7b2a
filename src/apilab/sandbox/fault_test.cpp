#include "apilab/sandbox/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string with_what(std::string_view what) {
    return R"({"where":"things:*","what":)" + std::string(what) + "}";
}
std::string with_when(std::string_view when) {
    return R"({"where":"things:*","what":{"status":503},"when":)" + std::string(when) + "}";
}

TEST(ParseFault, reads_the_example_of_the_contract) {
    const auto fault = parse_fault_text(
        R"({"where": "github:GET /repos/octo/hello/releases",
            "what":  {"status": 503, "headers": {"retry-after": "1"}, "body": {"message": "..."},
                      "delay": "50ms"},
            "when":  {"first": 2}, "times": 2, "ttl": "60s"})");
    ASSERT_TRUE(fault) << fault.error().to_string();
    EXPECT_EQ(fault->where.provider, "github");
    EXPECT_EQ(fault->where.method, "GET");
    ASSERT_TRUE(fault->where.path);
    EXPECT_TRUE(fault->where.path->match(split_path("/repos/octo/hello/releases"), nullptr));
    EXPECT_EQ(fault->what.status, 503);
    EXPECT_EQ(fault->what.headers.value("Retry-After"), "1");
    EXPECT_EQ(fault->what.body, R"({"message":"..."})");
    EXPECT_TRUE(fault->what.body_is_json);
    ASSERT_TRUE(fault->what.delay);
    EXPECT_EQ(fault->what.delay->base, 50ms);
    EXPECT_EQ(fault->when.kind, FaultWhen::Kind::first);
    EXPECT_EQ(fault->when.n, 2U);
    EXPECT_EQ(fault->times, 2U);
    EXPECT_EQ(fault->ttl, Duration(60s));
}

TEST(ParseFault, reads_every_way_to_say_where) {
    const auto where = [](std::string_view text) {
        return parse_fault_text(R"({"where":")" + std::string(text) + R"(","what":{"status":500}})")
            ->where;
    };
    EXPECT_EQ(where("npm:get_packument").operation, "get_packument");
    EXPECT_TRUE(where("npm:*").operation.empty());
    EXPECT_FALSE(where("npm:*").path);
    EXPECT_EQ(where("*:*").provider, "*");
    EXPECT_EQ(where("npm:GET *").method, "GET");
    EXPECT_FALSE(where("npm:GET *").path);
    EXPECT_EQ(where("npm:* /{p}").method, "*");
    EXPECT_TRUE(where("npm:* /{p}").path);
}

TEST(ParseFault, reads_every_kind_of_delay_and_retry_after) {
    const auto what = [](std::string_view text) { return parse_fault_text(with_what(text))->what; };
    EXPECT_EQ(what(R"({"delay":{"uniform":["10ms","90ms"]}})").delay->high, 90ms);
    EXPECT_EQ(what(R"({"delay":{"lognormal":["50ms",0.5]}})").delay->sigma, 0.5);
    const auto seconds = what(R"({"status":429,"retry_after":"2s"})").retry_after;
    EXPECT_EQ(seconds->kind, FaultRetryAfter::Kind::seconds);
    EXPECT_EQ(seconds->wait, 2s);
    const auto date = what(R"({"limit":"primary","retry_after":"http-date:2s"})").retry_after;
    EXPECT_EQ(date->kind, FaultRetryAfter::Kind::date);
    const auto soon = what(R"({"status":429,"retry_after":"soon"})").retry_after;
    EXPECT_EQ(soon->kind, FaultRetryAfter::Kind::verbatim);
    EXPECT_EQ(soon->text, "soon");
}

TEST(ParseFault, reads_every_kind_on_the_wire) {
    const auto what = [](std::string_view text) { return parse_fault_text(with_what(text))->what; };
    EXPECT_EQ(what(R"({"close":"before_request"})").close, ClosePoint::before_request);
    EXPECT_EQ(what(R"({"close":"stale_keepalive"})").close, ClosePoint::stale_keepalive);
    EXPECT_EQ(what(R"({"close":"after_response","status":503})").close, ClosePoint::after_response);
    EXPECT_EQ(what(R"({"close":"announced"})").kind(), "close");
    EXPECT_EQ(what(R"({"stall":{"at":"headers"}})").stall, StallPoint::headers);
    EXPECT_EQ(what(R"({"drip":3})").drip, 3U);
    EXPECT_EQ(what(R"({"drip":3})").kind(), "drip");
    const std::pair<std::string_view, Framing> framings[] = {
        {"wrong_length", Framing::wrong_length},
        {"short_length", Framing::short_length},
        {"chunk_without_end", Framing::chunk_without_end},
        {"stray_bytes", Framing::stray_bytes},
        {"huge_header", Framing::huge_header},
        {"interim_100", Framing::interim_100},
        {"interim_103", Framing::interim_103}};
    for (const auto& [name, framing] : framings) {
        const auto read = what(R"({"status":503,"framing":")" + std::string(name) + R"("})");
        EXPECT_EQ(read.framing, framing) << name;
    }
    EXPECT_EQ(what(R"({"framing":"stray_bytes"})").kind(), "framing");
}

TEST(ParseFault, a_fault_of_the_handshake_is_not_one_of_requests) {
    for (const std::string_view what : {R"({"close":"in_tls"})", R"({"stall":{"at":"tls"}})"}) {
        const auto fault = parse_fault_text(R"({"where":"*:*","what":)" + std::string(what) + "}");
        ASSERT_TRUE(fault) << what;
        EXPECT_EQ(fault->what.stage(), FaultWhat::Stage::handshake) << what;
        EXPECT_FALSE(fault->what.delay_only());
    }
}

TEST(ParseFault, reads_every_kind_of_bad_content) {
    const auto what = [](std::string_view text) { return parse_fault_text(with_what(text))->what; };
    const std::pair<std::string_view, Corrupt> bodies[] = {
        {"html", Corrupt::html},
        {"truncated_json", Corrupt::truncated_json},
        {"invalid_utf8", Corrupt::invalid_utf8},
        {"bom", Corrupt::bom},
        {"duplicate_keys", Corrupt::duplicate_keys},
        {"deep", Corrupt::deep},
        {"huge", Corrupt::huge},
        {"gzip_bomb", Corrupt::gzip_bomb},
        {"wrong_type", Corrupt::wrong_type}};
    for (const auto& [name, corrupt] : bodies) {
        const auto read = what(R"({"corrupt":")" + std::string(name) + R"("})");
        EXPECT_EQ(read.corrupt, corrupt) << name;
        EXPECT_EQ(read.kind(), "corrupt");
    }
    EXPECT_EQ(what(R"({"index_lag":"2s","delay":"1s"})").index_lag, Duration(2s));
    EXPECT_EQ(what(R"({"index_lag":"2s","delay":"1s"})").kind(), "index_lag");
    EXPECT_EQ(what(R"({"auth":"reduce_scope"})").auth, "reduce_scope");
    const auto ahead = what(R"({"auth":"skew:+400s"})");
    EXPECT_EQ(ahead.auth, "skew");
    EXPECT_EQ(ahead.auth_skew, Duration(400s));
    EXPECT_EQ(what(R"({"auth":"skew:-1m"})").auth_skew, -Duration(60s));
}

TEST(ParseFault, reads_every_kind_of_delivery) {
    const std::pair<std::string_view, WebhookFault> deliveries[] = {
        {"duplicate", WebhookFault::duplicate},
        {"reorder", WebhookFault::reorder},
        {"forge", WebhookFault::forge},
        {"stale", WebhookFault::stale},
        {"future", WebhookFault::future},
        {"unsigned", WebhookFault::unsigned_one},
        {"slow", WebhookFault::slow},
        {"huge", WebhookFault::huge},
        {"lost", WebhookFault::lost}};
    for (const auto& [name, webhook] : deliveries) {
        const auto fault =
            parse_fault_text(with_what(R"({"webhook":")" + std::string(name) + R"("})"));
        ASSERT_TRUE(fault) << name;
        EXPECT_EQ(fault->what.webhook, webhook) << name;
        EXPECT_EQ(fault->what.stage(), FaultWhat::Stage::delivery);
        EXPECT_EQ(fault->what.kind(), "webhook");
    }
}

struct BadFault {
    std::string json;
    std::string pointer;
    std::string says;
};
class ParseFaultRefuses : public testing::TestWithParam<BadFault> {};

TEST_P(ParseFaultRefuses, and_names_the_field) {
    const auto fault = parse_fault_text(GetParam().json);
    ASSERT_FALSE(fault) << GetParam().json;
    EXPECT_EQ(fault.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(fault.error().detail(), GetParam().pointer) << fault.error().to_string();
    EXPECT_THAT(fault.error().message(), HasSubstr(GetParam().says)) << GetParam().json;
}

INSTANTIATE_TEST_SUITE_P(
    Inputs, ParseFaultRefuses,
    testing::Values(
        BadFault{"", "", ""}, BadFault{"[]", "", "expected an object"},
        BadFault{R"({"what":{"status":500}})", "/where", "missing"},
        BadFault{R"({"where":"npm","what":{"status":500}})", "/where", "provider:METHOD /path"},
        BadFault{R"({"where":"npm:/x","what":{"status":500}})", "/where", "method"},
        BadFault{R"({"where":"npm:get /x","what":{"status":500}})", "/where", "'get'"},
        BadFault{R"({"where":"npm:GET /{x","what":{"status":500}})", "/where", "place"},
        BadFault{R"({"where":"npm:*"})", "/what", "expected an object"},
        BadFault{R"({"where":"npm:*","what":{"status":500},"whom":{}})", "/whom", "unknown key"},
        BadFault{R"({"where":"npm:*","what":{"status":500},"times":0})", "/times", "from 1"},
        BadFault{R"({"where":"npm:*","what":{"status":500},"ttl":60})", "/ttl", "duration"},
        BadFault{R"({"where":"npm:*","what":{"status":500},"per":"provider"})", "/per", "*:"},
        BadFault{with_what("{}"), "/what", "nothing to do"},
        BadFault{with_what(R"({"state":500})"), "/what/state", "unknown key"},
        BadFault{with_what(R"({"status":"500"})"), "/what/status", "200 to 599"},
        BadFault{with_what(R"({"status":99})"), "/what/status", "200 to 599"},
        BadFault{with_what(R"({"status":500,"limit":"primary"})"), "/what/status", "403 or 429"},
        BadFault{with_what(R"({"limit":"tertiary"})"), "/what/limit", "\"secondary\""},
        BadFault{with_what(R"({"body":"x","delay":"1s"})"), "/what/status", "belong to a status"},
        BadFault{with_what(R"({"retry_after":"1s","delay":"1s"})"), "/what/retry_after", "refusal"},
        BadFault{with_what(R"({"status":429,"retry_after":1})"), "/what/retry_after", "string"},
        BadFault{with_what("{\"status\":429,\"retry_after\":\"a\\r\\nb: c\"}"), "/what/retry_after",
                 "line break"},
        BadFault{with_what(R"({"status":500,"headers":{"a b":"c"}})"), "/what/headers/a b",
                 "header name"},
        BadFault{with_what(R"({"limit":"primary","hold":true})"), "/what/hold", "retry_after"},
        BadFault{with_what(R"({"delay":"50"})"), "/what/delay", "unit"},
        BadFault{with_what(R"({"delay":{"uniform":["9ms","1ms"]}})"), "/what/delay/uniform",
                 "less"},
        BadFault{with_what(R"({"delay":{"lognormal":["9ms",-1]}})"), "/what/delay/lognormal/1",
                 "0 to 5"},
        BadFault{with_what(R"({"reset":"now"})"), "/what/reset", "\"after_commit\""},
        BadFault{with_what(R"({"reset":"mid_body","truncate":3})"), "/what", "at most one"},
        BadFault{with_what(R"({"reset":"after_commit","status":500})"), "/what", "no answer"},
        BadFault{with_what(R"({"truncate":-1})"), "/what/truncate", "whole number"},
        BadFault{with_what(R"({"stall":{"at":"lunch"}})"), "/what/stall/at", "\"body\""},
        BadFault{with_what(R"({"stall":{"at":"body","for":2}})"), "/what/stall/for", "duration"},
        BadFault{with_what(R"({"close":"now"})"), "/what/close", "before_request"},
        BadFault{with_when("{}"), "/when", "expected one of"},
        BadFault{with_when(R"({"first":1,"nth":2})"), "/when", "expected one of"},
        BadFault{with_when(R"({"first":1,"within":"1s"})"), "/when", "expected one of"},
        BadFault{with_when(R"({"every":4,"within":".0s"})"), "/when/within", "more than nothing"},
        BadFault{with_when(R"({"nth":0})"), "/when/nth", "from 1"},
        BadFault{with_when(R"({"probability":1.5})"), "/when/probability", "0 to 1"},
        BadFault{with_when(R"({"window":["2s"]})"), "/when/window", "two durations"}));

INSTANTIATE_TEST_SUITE_P(
    WireAndContent, ParseFaultRefuses,
    testing::Values(
        BadFault{with_what(R"({"close":"in_tls"})"), "/where", "\"*:*\""},
        BadFault{with_what(R"({"stall":{"at":"tls"}})"), "/where", "\"*:*\""},
        BadFault{with_what(R"({"close":"in_tls","delay":"1s"})"), "/what/close", "handshake"},
        BadFault{with_what(R"({"stall":{"at":"tls"},"auth":"expire"})"), "/what/stall",
                 "handshake"},
        BadFault{with_what(R"({"close":"stale_keepalive","status":500})"), "/what", "no answer"},
        BadFault{with_what(R"({"drip":0})"), "/what/drip", "from 1"},
        BadFault{with_what(R"({"drip":5,"truncate":3})"), "/what", "at most one"},
        BadFault{with_what(R"({"framing":"odd"})"), "/what/framing", "\"stray_bytes\""},
        BadFault{with_what(R"({"framing":"interim_103","reset":"mid_body"})"), "/what",
                 "at most one"},
        BadFault{with_what(R"({"corrupt":"rotten"})"), "/what/corrupt", "\"gzip_bomb\""},
        BadFault{with_what(R"({"corrupt":"html","status":500})"), "/what/corrupt",
                 "nothing but delay"},
        BadFault{with_what(R"({"index_lag":"0s"})"), "/what/index_lag", "more than nothing"},
        BadFault{with_what(R"({"index_lag":2})"), "/what/index_lag", "duration"},
        BadFault{with_what(R"({"index_lag":"2s","drip":1})"), "/what/index_lag",
                 "nothing but delay"},
        BadFault{with_what(R"({"auth":"skew:400s"})"), "/what/auth", "sign"},
        BadFault{with_what(R"({"auth":"skew:+9999d"})"), "/what/auth", "366 days"},
        BadFault{with_what(R"({"auth":"skew:+soon"})"), "/what/auth", "sign"},
        BadFault{with_what(R"({"auth":"skew"})"), "/what/auth", "reduce_scope"},
        BadFault{with_what(R"({"auth":"expire","drip":1})"), "/what/auth", "nothing but delay"},
        BadFault{with_what(R"({"webhook":"loud"})"), "/what/webhook", "\"unsigned\""},
        BadFault{with_what(R"({"webhook":"forge","status":500})"), "/what/webhook",
                 "nothing but delay"}));

}  // namespace
}  // namespace apilab::sandbox
