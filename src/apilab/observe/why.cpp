#include "apilab/observe/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/scrubber.hpp"

namespace apilab::observe {

using http::CallRecord;
using http::DecisionRecord;
using Verdict = DecisionRecord::Verdict;

namespace {

constexpr int first_error_status = 400;

// What to do about a call that ended without an answer. The enumerators of `ErrorKind` say it at
// length.
std::string_view cure_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid_argument:
            return "correct what the message names; unchanged it fails again";
        case ErrorKind::resolve:
            return "check the spelling of the host, and whether this machine has a resolver";
        case ErrorKind::connect:
            return "check address and port, or try again later: nothing was sent";
        case ErrorKind::tls:
            return "trust the right CA; never turn verification off";
        case ErrorKind::connection_lost:
        case ErrorKind::timeout:
            return "try again later, or allow more time or attempts";
        case ErrorKind::deadline:
            return "allow more time, or let a queue take it";
        case ErrorKind::cancelled:
            return "nothing: it was given up by its caller";
        case ErrorKind::protocol:
            return "look at the answer: it is not sound HTTP";
        case ErrorKind::too_large:
            return "raise the limit that is named, if it is sound";
        case ErrorKind::rate_limited:
            return "ask less often, or come back when the limit is over";
        case ErrorKind::auth:
            return "check the credential and what it is allowed to do";
        case ErrorKind::breaker_open:
            return "come back when the breaker lets somebody through again";
        case ErrorKind::overloaded:
            return "ask less at a time";
        case ErrorKind::decode:
            return "compare the answer's body with what is declared";
        case ErrorKind::io:
            return "look at the file or database that is named";
        case ErrorKind::status:
        case ErrorKind::internal:
            break;
    }
    return "report it: this should not happen";
}

std::string_view cure_of(int status) {
    switch (status) {
        case 401:
            return "check the credential";
        case 403:
            return "check what the credential is allowed to do";
        case 404:
        case 410:
            return "check the URL: it is not there, or not for this credential";
        case 409:
            return "look at how things stand there, then decide";
        case 429:
            return "come back when the limit is over";
        default:
            return status >= 500 ? "try again later: the other side failed"
                                 : "correct the request: unchanged it is refused again";
    }
}

// An attempt that nobody saw the end of, of an operation that changes something.
bool may_have_acted(const CallRecord& record) {
    return record.effect != http::Effect::read &&
           std::ranges::any_of(record.attempts, [](const auto& attempt) {
               return attempt.outcome == Outcome::unknown;
           });
}

std::string how_many(const CallRecord& record) {
    if (record.attempts.empty()) {
        return "without an attempt";
    }
    int numbers = 0;
    for (const auto& attempt : record.attempts) {
        numbers = std::max(numbers, attempt.number);
    }
    return numbers == 1 ? "after 1 attempt" : fmt::format("after {} attempts", numbers);
}

std::string what_about_it(const CallRecord& record) {
    if (!may_have_acted(record)) {
        const bool sent = std::ranges::any_of(record.attempts, [](const auto& attempt) {
            return attempt.outcome != Outcome::not_sent;
        });
        return sent ? "" : "; nothing was sent";
    }
    return record.idempotency_key.empty()
               ? "; it may have been applied: look there before it is sent again"
               : "; it may have been applied: sent again with the same Idempotency-Key it counts "
                 "once";
}

std::string outcome_sentence(const CallRecord& record) {
    const auto took = fmt::format("{} in {}", how_many(record), format_duration(record.elapsed));
    const auto what = fmt::format("{} {}", record.method, record.url_template);
    if (record.error) {
        return fmt::format("{}: failed ({}) {}{}; {}", what, to_string(*record.error), took,
                           what_about_it(record), cure_of(*record.error));
    }
    if (record.status >= first_error_status) {
        return fmt::format("{}: {} {}{}; {}", what, record.status, took,
                           may_have_acted(record) ? what_about_it(record) : "",
                           cure_of(record.status));
    }
    return fmt::format("{}: {} {}", what,
                       record.status == 0 ? "no answer" : std::to_string(record.status), took);
}

// The record holds decisions and waits apart. Both say which attempt they followed: the retry that
// was decided comes before the waits that it led to, a refusal after the waits in vain.
class InOrder {
public:
    explicit InOrder(const CallRecord& record) : record_(record) {}

    std::vector<std::string> sentences() {
        std::vector<int> numbers;
        for (const auto& decision : record_.decisions) {
            numbers.push_back(decision.after_attempt);
        }
        for (const auto& wait : record_.waits) {
            numbers.push_back(wait.after_attempt);
        }
        std::ranges::sort(numbers);
        const auto repeated = std::ranges::unique(numbers);
        numbers.erase(repeated.begin(), repeated.end());
        for (const int number : numbers) {
            add(number);
        }
        return std::move(sentences_);
    }

private:
    void add(int number) {
        std::vector<const DecisionRecord*> decisions;
        for (const auto& decision : record_.decisions) {
            if (decision.after_attempt == number) {
                decisions.push_back(&decision);
            }
        }
        auto later = decisions.begin();
        for (auto at = decisions.begin(); at != decisions.end(); ++at) {
            const auto verdict = (*at)->verdict;
            if (verdict == Verdict::retried || verdict == Verdict::coalesced) {
                later = at + 1;
            }
        }
        for (auto at = decisions.begin(); at != later; ++at) {
            sentences_.push_back(http::explain(**at));
        }
        for (const auto& wait : record_.waits) {
            if (wait.after_attempt == number) {
                sentences_.push_back(http::explain(wait));
            }
        }
        for (auto at = later; at != decisions.end(); ++at) {
            sentences_.push_back(http::explain(**at));
        }
    }

    const CallRecord& record_;
    std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> why(const Story& story) {
    std::vector<std::string> all{outcome_sentence(story.record)};
    if (!story.record.follows.empty()) {
        all.push_back(fmt::format("it repeats {} with a new token", story.record.follows));
    }
    auto sentences = InOrder(story.record).sentences();
    std::ranges::move(sentences, std::back_inserter(all));
    for (auto& sentence : all) {
        Scrubber::of_process().scrub(sentence);
        // What came from outside must not begin a line or move the cursor.
        std::ranges::replace_if(
            sentence,
            [](unsigned char c) {
                constexpr unsigned char first_printable = 0x20;
                constexpr unsigned char del = 0x7F;
                return c < first_printable || c == del;
            },
            ' ');
    }
    return all;
}

std::string why_text(const Story& story) {
    const auto sentences = why(story);
    auto text = sentences.front() + "\n";
    for (std::size_t i = 1; i < sentences.size(); ++i) {
        text += fmt::format("{:>3}. {}\n", i, sentences[i]);
    }
    return text;
}

}  // namespace apilab::observe
