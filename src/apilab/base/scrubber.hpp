#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/secret.hpp"

namespace apilab {

namespace internal {
struct SecretIndex;
struct SecretPlace;
class SecretMatcher;
}  // namespace internal

/// Values that nobody may see, and their way out of texts: the net under everything that is printed
/// or kept, for a secret in a place where nobody expected one. The first net is what knows that it
/// holds a secret (`Secret`, `http/redact.hpp`).
///
/// A value is found as it stands; in base64, in both alphabets and wherever in the encoded text it
/// begins; in hexadecimal; each of these with percent-encoding, the encoding of forms, or
/// backslashes (JSON) undone, as a whole or in part. It is not found where it is encoded twice,
/// compressed, or has line breaks in its base64 (but each line of a PEM private key is a value of
/// its own). What is found becomes `***`, one for values that touch or overlap.
///
/// Time is linear in the text. Memory: some 250 bytes for each byte of the values. All members may
/// be called from several threads at once.
///
/// Values stay until the object goes, or newer ones need their place: what was a secret once may
/// still stand in a text that is printed later. They are wiped then.
///
///     Scrubber scrubber;
///     scrubber.add(key);
///     say(scrubber.scrubbed(text));
class Scrubber {
public:
    /// Shorter values are not looked for: they would tear texts to pieces that have nothing to do
    /// with them, and guessing them takes seconds.
    static constexpr std::size_t value_min = 6;

    struct Limits {
        /// The oldest value goes first.
        std::size_t values_max = 1000;
        std::size_t passing_max = 100;
        /// Bytes of all values; a longer one is not taken.
        std::size_t bytes_max = std::size_t{128} << 10U;
    };
    enum class Added : std::uint8_t {
        /// From now on it is found; or it was before.
        yes,
        /// It is not looked for, and whoever set it should know.
        too_short,
        too_long,
    };

    Scrubber();
    explicit Scrubber(Limits limits);
    Scrubber(const Scrubber&) = delete;
    Scrubber& operator=(const Scrubber&) = delete;
    ~Scrubber();

    /// The one of this process, which every sink asks: logs, HAR files, metrics, journals, the
    /// programs' standard streams. `SecretSources` add what they find, the programs the secrets of
    /// their environment. Empty in a process that adds nothing.
    [[nodiscard]] static Scrubber& of_process();

    Added add(const Secret& value);
    /// The same for a value that soon gives way to another (an access token): of these the newest
    /// `Limits::passing_max` are kept, and they go before the others.
    Added add_passing(const Secret& value);
    [[nodiscard]] bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }

    [[nodiscard]] std::string scrubbed(std::string_view text) const;
    /// The same without a copy where there is nothing to hide.
    void scrub(std::string& text) const;

    /// Where in a text a value stands, and which.
    struct Place {
        std::size_t offset = 0;
        std::size_t size = 0;
        std::string fingerprint;
    };
    /// In the order of their offsets; values that overlap are one place.
    [[nodiscard]] std::vector<Place> find(std::string_view text) const;

private:
    friend class ScrubbedStream;
    [[nodiscard]] std::shared_ptr<const internal::SecretIndex> index() const;

    struct Known {
        Secret value;
        bool passing = false;
    };
    Added add(const Secret& value, bool passing);
    void forget(bool passing);

    Limits limits_;
    std::atomic<std::size_t> count_ = 0;
    mutable std::mutex mutex_;
    std::deque<Known> values_;
    std::size_t bytes_ = 0;
    std::size_t passing_ = 0;
    // Built when it is needed.
    mutable std::shared_ptr<const internal::SecretIndex> index_;
};

/// The same for a text that comes in pieces. What may be the beginning of a value is held back
/// until it is decided: of a value of at most 1 KiB that is all of it as it is written (longer ones
/// are looked for piece by piece), at most 25 KiB.
///
/// `scrubber` outlives it. `sink` is called with what may be seen, in order. A value that is added
/// to the scrubber counts from the next `write` on, for what was held back too.
///
///     ScrubbedStream out(Scrubber::of_process(), [](std::string_view text) { write_all(1, text);
///     });
class ScrubbedStream {
public:
    using Sink = std::function<void(std::string_view text)>;
    ScrubbedStream(const Scrubber& scrubber, Sink sink);
    ScrubbedStream(const ScrubbedStream&) = delete;
    ScrubbedStream& operator=(const ScrubbedStream&) = delete;
    /// Flushes.
    ~ScrubbedStream();

    void write(std::string_view text);
    /// Gives away what is held back, as after the end: a value that goes on afterwards is not seen.
    void flush();

private:
    void begin_anew(std::shared_ptr<const internal::SecretIndex> index);
    void release(std::uint64_t limit);

    const Scrubber& scrubber_;
    Sink sink_;
    std::shared_ptr<const internal::SecretIndex> index_;
    std::unique_ptr<internal::SecretMatcher> matcher_;
    // From `out_` on.
    std::string held_;
    std::uint64_t out_ = 0;
    // Up to here `***` stands for it already; nothing: there was none yet.
    std::optional<std::uint64_t> hidden_until_;
};

}  // namespace apilab
