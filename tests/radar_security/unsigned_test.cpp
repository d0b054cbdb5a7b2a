// Nothing that is not signed reaches the store, whoever is said to have sent it and whatever it
// looks like: every table is the same before and after.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/sender.hpp"
#include "apilab/work/signature.hpp"
#include "world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::Eq;

const auto refused = AnyOf(Eq(400), Eq(401), Eq(404), Eq(405), Eq(413), Eq(415));

std::string variable_of(std::string_view sender) {
    std::string name = "RADAR_";
    for (const char c : sender) {
        name += static_cast<char>(c - ('a' - 'A'));
    }
    return name + "_WEBHOOK_SECRET";
}

class Unsigned : public testing::TestWithParam<std::string> {
protected:
    Delivery genuine(Duration late = {}) {
        const auto now = scheduler.system_now() - std::chrono::floor<std::chrono::seconds>(late);
        return deliver(GetParam(), Secret(world.secret(variable_of(GetParam()))),
                       event_of(GetParam(), 7), 7, now);
    }
    // Signed all right, but by somebody else.
    Delivery by_another(const Secret& secret, work::SignatureScheme scheme) {
        auto made = genuine();
        auto signer = work::SignatureSigner::create(scheme, secret);
        if (!signer) {
            return {};
        }
        const auto headers = signer->sign(made.body, "delivery-7", scheduler.system_now()).value();
        for (const auto& name : proof_names()) {
            made.headers.remove(name);
        }
        for (const auto& [name, value] : headers) {
            made.headers.add(name, value);
        }
        return made;
    }
    // What the scheme has besides what every request has.
    std::vector<std::string> proof_names() {
        std::vector<std::string> names;
        for (const auto& [name, value] : genuine().headers) {
            if (name != "content-type" && name != "x-github-event" && name != "x-github-delivery") {
                names.push_back(name);
            }
        }
        return names;
    }
    void is_refused(const Delivery& delivery, const std::string& what,
                    const std::string& method = "POST") {
        if (delivery.path.empty()) {
            return;
        }
        const auto answer = world.send(delivery, method);
        EXPECT_THAT(answer.status(), refused) << what;
        EXPECT_EQ(answer.body().size(), 0U) << what << ": why is nobody's business";
        EXPECT_EQ(world.tables(), before) << what;
        ++tried;
    }

    runtime::VirtualScheduler scheduler;
    World world{scheduler, {.seed = 71}};
    std::string before = world.tables();
    int tried = 0;
};

INSTANTIATE_TEST_SUITE_P(Sender, Unsigned, testing::ValuesIn(senders()));

TEST_P(Unsigned, a_delivery_whose_headers_prove_nothing_is_not_stored) {
    for (const auto& name : proof_names()) {
        auto missing = genuine();
        missing.headers.remove(name);
        is_refused(missing, "without " + name);
        auto twice = genuine();
        twice.headers.add(name, std::string(twice.headers.value(name)));
        is_refused(twice, "twice " + name);
        auto other = genuine();
        other.headers.add(name, "0");
        is_refused(other, "another beside " + name);
        const std::string value(genuine().headers.value(name));
        for (const auto& bent :
             {std::string(), value.substr(0, value.size() - 1), value + "0", " " + value + ",",
              std::string(value.size(), '0'), std::string(300'000, 'a'), value + "\xff",
              "sha1=" + value, "v0=" + std::string(64, '0')}) {
            if (name == "webhook-id" && bent.size() == value.size()) {
                continue;  // another id that is signed wrongly comes below
            }
            auto wrong = genuine();
            wrong.headers.set(name, bent);
            is_refused(wrong, name + ": " + bent.substr(0, 80));
        }
    }
    EXPECT_GT(tried, 10);
}

TEST_P(Unsigned, a_delivery_that_somebody_else_signed_is_not_stored) {
    const Secret right(world.secret(variable_of(GetParam())));
    const auto scheme = work::find_sender(GetParam())->scheme;
    is_refused(by_another(Secret("somebody else's"), scheme), "another secret");
    is_refused(by_another(Secret("whsec_" + base64_encode(std::string(32, 'k'))), scheme),
               "another key");
    for (const auto& other : senders()) {
        if (other != GetParam()) {
            is_refused(by_another(Secret(world.secret(variable_of(other))), scheme),
                       "the secret of " + other);
            const auto theirs = work::find_sender(other)->scheme;
            is_refused(by_another(right, theirs), "signed as " + other + " does");
        }
    }
    is_refused(by_another(Secret(std::string(right.reveal()) + " "), scheme), "almost the secret");
    EXPECT_GT(tried, 3);
}

TEST_P(Unsigned, a_body_that_is_not_the_one_that_was_signed_is_not_stored) {
    const std::string deep(100'000, '[');
    for (const auto& body :
         {std::string(), std::string("{}"), std::string("null"), genuine().body + " ",
          "\xef\xbb\xbf" + genuine().body, std::string(3, '\0'), std::string("\xff\xfe"), deep,
          event_of(GetParam(), 8), std::string(2'000'000, 'x'), std::string("payload=%7B%7D"),
          std::string(R"({"type":"url_verification","challenge":"x","token":"y"})"),
          std::string(R"({"verification_token":"secret_of_somebody_else_0123456789"})"),
          std::string(R"({"zen":"Keep it logically awesome.","hook_id":1})")}) {
        auto wrong = genuine();
        wrong.body = body;
        is_refused(wrong, "body " + body.substr(0, 80));
        for (const auto& name : proof_names()) {
            wrong.headers.remove(name);
        }
        is_refused(wrong, "nothing signed: " + body.substr(0, 80));
        wrong.headers.set("content-type", "application/x-www-form-urlencoded");
        is_refused(wrong, "a form: " + body.substr(0, 80));
        wrong.headers.set("x-github-event", "ping");
        is_refused(wrong, "a handshake: " + body.substr(0, 80));
    }
}

TEST_P(Unsigned, a_delivery_out_of_its_time_is_not_stored) {
    if (GetParam() == "github" || GetParam() == "notion") {
        GTEST_SKIP() << "signs no time; ids and bodies are remembered instead";
    }
    for (const Duration late : {Duration(301s), Duration(1h), Duration(240h), Duration(-301s),
                                Duration(-1h), Duration(-8760h)}) {
        is_refused(genuine(late), fmt::format("late by {} s", late / 1s));
    }
    // The time moved after it was signed.
    const auto* const clock = GetParam() == "slack"      ? "x-slack-request-timestamp"
                              : GetParam() == "standard" ? "webhook-timestamp"
                                                         : "stripe-signature";
    auto moved = genuine(1h);
    const auto now = genuine();
    if (GetParam() == "stripe") {
        std::string value(moved.headers.value(clock));
        const std::string fresh(now.headers.value(clock));
        moved.headers.set(clock, fresh.substr(0, fresh.find(',')) + value.substr(value.find(',')));
    } else {
        moved.headers.set(clock, std::string(now.headers.value(clock)));
    }
    is_refused(moved, "the time of another one");
}

TEST_P(Unsigned, a_genuine_body_by_another_way_is_not_stored) {
    for (const auto* type : {"text/plain", "multipart/form-data; boundary=x", "", "text/html",
                             "application/octet-stream", "application/jsonp"}) {
        auto other = genuine();
        other.headers.set("content-type", type);
        is_refused(other, std::string("as ") + type);
    }
    auto twice = genuine();
    twice.headers.add("content-type", "application/json");
    is_refused(twice, "two types");
    for (const auto* coding : {"gzip", "br", "identity, gzip", "x"}) {
        auto coded = genuine();
        coded.headers.add("content-encoding", coding);
        is_refused(coded, std::string("coded ") + coding);
    }
    for (const auto* method :
         {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "PROPFIND"}) {
        auto other = genuine();
        other.headers.add("x-http-method-override", "POST");
        is_refused(other, method, method);
    }
    for (const auto& path :
         {"/webhooks/" + GetParam() + "/", "/webhooks//" + GetParam(),
          "/webhooks/x/../" + GetParam() + "/x", "/webhooks/" + GetParam() + "%00",
          std::string("/webhooks/"), "/Webhooks/" + GetParam()}) {
        auto there = genuine();
        there.path = path;
        if (path.starts_with("/webhooks")) {
            is_refused(there, path);
        }
    }
    auto proof = genuine();
    std::string query = "?";
    std::string cookie;
    for (const auto& name : proof_names()) {
        query += name + "=" + base64url_encode(proof.headers.value(name)) + "&";
        cookie += name + "=" + std::string(proof.headers.value(name)) + "; ";
        proof.headers.remove(name);
    }
    proof.path += query;
    proof.headers.add("cookie", cookie);
    is_refused(proof, "the proof in another place");
}

TEST_P(Unsigned, the_same_with_everything_right_is_stored_and_seen_by_this_test) {
    EXPECT_EQ(world.send(genuine()).status(), 200);
    EXPECT_NE(world.tables(), before);
}

}  // namespace
}  // namespace apilab::radar_security
