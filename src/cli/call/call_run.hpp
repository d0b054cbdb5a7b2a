#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/record.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/story.hpp"
#include "call/call.hpp"
#include "call/session.hpp"

namespace apilab::cli {

/// What came of a call.
struct CallResult {
    std::optional<Result<http::Response>> answer;
    /// Null where nothing was begun.
    std::optional<observe::Story> story;
    /// Of each attempt, where `--har` asked for them.
    observe::Har har;
    /// That ended it, or 0.
    int signal = 0;
    /// The body went into the file of `--output`.
    bool in_file = false;

    [[nodiscard]] const http::Response* response() const {
        return answer && *answer ? &**answer : nullptr;
    }
};

/// Sends it through the whole client, cookies included where there is a session, and waits. SIGINT
/// and SIGTERM end it; the answer is an error then. Errors: options that contradict each other.
[[nodiscard]] Result<CallResult> send_call(const CallFlags& flags, const Globals& globals,
                                           BuiltRequest built, CallSetup setup, Session* session);

/// Says what happens while it happens, on stderr: attempts and decisions, and with `-vv` the heads
/// that go over the wire, without credentials.
class CallWatcher final : public http::Observer {
public:
    CallWatcher(const Globals& globals, observe::Har* har, const Clock& clock)
        : globals_(globals), har_(har), clock_(clock) {}

    void on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) override;
    void on_exchange(const http::CallRecord& call, const http::AttemptRecord& attempt,
                     const http::Request& sent, const http::Response* answer) override;
    void on_decision(const http::CallRecord& call, const http::DecisionRecord& decision) override;
    void on_wait(const http::CallRecord& call, const http::WaitRecord& wait) override;
    [[nodiscard]] bool wants_exchanges() const override {
        return har_ != nullptr || globals_.verbosity > 1;
    }

private:
    const Globals& globals_;
    observe::Har* har_;
    const Clock& clock_;
};

/// How the command ends, and with what to say about it. No error: with an answer.
struct CallVerdict {
    ExitCode code = ExitCode::success;
    std::optional<Error> error;
};
/// An answer is an answer, whatever its status, unless `--fail` says otherwise, or the client would
/// have sent again and could not (a wait beyond the deadline, a limit, a budget).
[[nodiscard]] CallVerdict verdict_of(const CallResult& result, const CallFlags& flags);
/// `error: ... / why: / do: / see:` on stderr. `what` was asked: `POST slack:/chat.postMessage`.
void print_failure(const CallVerdict& verdict, const CallResult& result, std::string_view what,
                   std::string_view trace_id, const Globals& globals);

/// The answer, as the flags and the terminal have it. False: nobody reads any more.
bool print_answer(const CallResult& result, const CallFlags& flags, const Globals& globals);
/// What would be sent; nothing is.
[[nodiscard]] Result<ExitCode> print_request(const BuiltRequest& built, const CallSetup& setup,
                                             const CallFlags& flags, const Globals& globals);
/// Everything in one JSON document. `sent` counts where there is no story.
[[nodiscard]] std::string call_json(const observe::Exchange& sent, const CallResult* result,
                                    const CallVerdict& verdict, std::string_view trace_id);
/// The request with what a curl line may have: all but credentials.
[[nodiscard]] std::string curl_line_of(const BuiltRequest& built, const CallSetup& setup);

/// A body for a terminal: JSON indented (where `format`) and in colours (where `terminal` has
/// them), and nothing that moves the cursor.
[[nodiscard]] std::string pretty_body(std::string_view body, std::string_view content_type,
                                      bool format, const Terminal& terminal);
/// Text without control characters but tabs and line ends.
[[nodiscard]] std::string without_controls(std::string_view text);

}  // namespace apilab::cli
