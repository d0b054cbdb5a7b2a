#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/work/signature.hpp"

/// For tests of signatures: one secret of each kind, and short words for what they ask.
namespace apilab::work::test {

inline const SystemTime now{std::chrono::seconds(1'700'000'000)};
inline constexpr std::string_view message_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";

/// A published pair (svix-webhooks, server/svix-server/src/worker.rs).
inline constexpr const char* private_key =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
inline constexpr const char* public_key = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
inline constexpr const char* wrapped_key =
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // gitleaks:allow
inline constexpr const char* other_private_key =
    "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr const char* other_public_key = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

/// What a sender and a receiver of that scheme have, and another pair of the kind.
struct Sample {
    SignatureScheme scheme;
    std::string sender;
    std::string receiver;
    std::string other_sender;
    std::string other_receiver;
};

inline std::vector<Sample> samples() {
    std::vector<Sample> all;
    for (const auto scheme : all_signature_schemes()) {
        if (scheme == SignatureScheme::standard_ed25519) {
            all.push_back({scheme, private_key, public_key, other_private_key, other_public_key});
        } else if (scheme == SignatureScheme::standard) {
            const std::string other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";  // gitleaks:allow
            all.push_back({scheme, wrapped_key, wrapped_key, other, other});
        } else {
            all.push_back({scheme, "whsec_s3", "whsec_s3", "whsec_s4", "whsec_s4"});
        }
    }
    return all;
}

inline bool timed(SignatureScheme scheme) {
    return scheme == SignatureScheme::slack || scheme == SignatureScheme::stripe ||
           scheme == SignatureScheme::standard || scheme == SignatureScheme::standard_ed25519;
}

inline SignatureVerifier verifier(SignatureScheme scheme, const std::vector<std::string>& secrets,
                                  Duration tolerance = std::chrono::minutes(5)) {
    SignatureOptions options{.secrets = {}, .tolerance = tolerance};
    for (const auto& secret : secrets) {
        options.secrets.emplace_back(secret);
    }
    return SignatureVerifier::create(scheme, std::move(options)).value();
}

inline http::Headers signed_by(SignatureScheme scheme, const std::string& secret,
                               std::string_view body, SystemTime when = now,
                               const std::vector<Secret>& former = {}) {
    return SignatureSigner::create(scheme, Secret(secret), former)
        .value()
        .sign(body, message_id, when)
        .value();
}

/// Empty: accepted.
inline std::string why_not(const SignatureVerifier& subject, const http::Headers& headers,
                           std::string_view body, SystemTime when = now) {
    const auto verdict = subject.verify(headers, body, when);
    if (!verdict) {
        EXPECT_EQ(verdict.error().kind(), ErrorKind::auth);
    }
    return verdict ? "" : verdict.error().detail();
}

}  // namespace apilab::work::test
