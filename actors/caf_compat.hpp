/// The one place that knows CAF's versions. Written against 0.17, and as 0.18, 0.19 and 1.x
/// document themselves; nothing else in the project asks for a version of CAF.
///
/// What it promises: a type-id block, `inspect`, a typed interface, a configuration and the ways to
/// send are each written once. Type-id blocks and atoms need no help: `CAF_BEGIN_TYPE_ID_BLOCK`,
/// `CAF_ADD_TYPE_ID` and `CAF_ADD_ATOM` in its form with four arguments are the same everywhere.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

// CAF_VERSION itself changed its form once; its parts did not.
#define BYZGATE_CAF_AT_LEAST(major, minor)                                                         \
    (CAF_MAJOR_VERSION > (major) || (CAF_MAJOR_VERSION == (major) && CAF_MINOR_VERSION >= (minor)))

#if BYZGATE_CAF_AT_LEAST(0, 18)
#include <caf/result.hpp>
#else
#include <caf/atom.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#endif
#if BYZGATE_CAF_AT_LEAST(1, 0)
#include <caf/anon_mail.hpp>
#else
#include <caf/send.hpp>
#endif

// `macro(a), macro(b), …` for up to forty arguments.
#define BYZGATE_PP_EXPAND_1(...)                                                                   \
    BYZGATE_PP_EXPAND_2(BYZGATE_PP_EXPAND_2(BYZGATE_PP_EXPAND_2(__VA_ARGS__)))
#define BYZGATE_PP_EXPAND_2(...)                                                                   \
    BYZGATE_PP_EXPAND_3(BYZGATE_PP_EXPAND_3(BYZGATE_PP_EXPAND_3(__VA_ARGS__)))
#define BYZGATE_PP_EXPAND_3(...)                                                                   \
    BYZGATE_PP_EXPAND_4(BYZGATE_PP_EXPAND_4(BYZGATE_PP_EXPAND_4(__VA_ARGS__)))
#define BYZGATE_PP_EXPAND_4(...) __VA_ARGS__
#define BYZGATE_PP_PARENS ()
#define BYZGATE_PP_EACH(macro, ...)                                                                \
    __VA_OPT__(BYZGATE_PP_EXPAND_1(BYZGATE_PP_EACH_STEP(macro, __VA_ARGS__)))
#define BYZGATE_PP_EACH_STEP(macro, first, ...)                                                    \
    macro(first) __VA_OPT__(, BYZGATE_PP_EACH_AGAIN BYZGATE_PP_PARENS(macro, __VA_ARGS__))
#define BYZGATE_PP_EACH_AGAIN() BYZGATE_PP_EACH_STEP

/// `BYZGATE_INSPECT(type, member…)`, in the namespace of `type`: makes CAF write, read and show it.
/// `BYZGATE_INSPECT_ENUM(type)`: the same for an enumeration, as its number. Reading accepts any
/// number: whether it names an enumerator is for `admit` to say, a peer may have sent anything.
#if BYZGATE_CAF_AT_LEAST(0, 18)
#define BYZGATE_PP_FIELD(member) f.field(#member, x.member)
#define BYZGATE_INSPECT(type, ...)                                                                 \
    template <class Inspector>                                                                     \
    bool inspect(Inspector& f, [[maybe_unused]] type& x) {                                         \
        return f.object(x).fields(BYZGATE_PP_EACH(BYZGATE_PP_FIELD, __VA_ARGS__));                 \
    }
#define BYZGATE_INSPECT_ENUM(type)                                                                 \
    template <class Inspector>                                                                     \
    bool inspect(Inspector& f, type& x) {                                                          \
        using number = std::underlying_type_t<type>;                                               \
        auto load = [&x] { return static_cast<number>(x); };                                       \
        auto store = [&x](number value) {                                                          \
            x = static_cast<type>(value);                                                          \
            return true;                                                                           \
        };                                                                                         \
        return f.apply(load, store);                                                               \
    }
#else
#define BYZGATE_PP_FIELD(member) x.member
#define BYZGATE_INSPECT(type, ...)                                                                 \
    template <class Inspector>                                                                     \
    typename Inspector::result_type inspect(Inspector& f, [[maybe_unused]] type& x) {              \
        return f(caf::meta::type_name(#type)                                                       \
                     __VA_OPT__(, BYZGATE_PP_EACH(BYZGATE_PP_FIELD, __VA_ARGS__)));                \
    }
#define BYZGATE_INSPECT_ENUM(type) static_assert(std::is_enum_v<type>)
#endif

/// `BYZGATE_ADD_LOCAL_TYPE(block, (ns::type))`, inside the type-id block: a message that stays
/// within one process, such as one that shares its content by pointer. Sending it to another
/// process is refused at run time.
#if BYZGATE_CAF_AT_LEAST(0, 18)
#define BYZGATE_ADD_LOCAL_TYPE(block, type)                                                        \
    CAF_ADD_TYPE_ID(block, type)                                                                   \
    CAF_ALLOW_UNSAFE_MESSAGE_TYPE(BYZGATE_PP_EXPAND_4 type)
#else
// Up to 0.17 the block's types must all be serializable; a local one stays outside of it.
#define BYZGATE_ADD_LOCAL_TYPE(block, type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(BYZGATE_PP_EXPAND_4 type)
#endif

/// True where CAF has a scheduler that tests can step (`scheduling::testing`).
#if BYZGATE_CAF_AT_LEAST(1, 0)
#define BYZGATE_CAF_STEPS 0
#else
#define BYZGATE_CAF_STEPS 1
#endif

namespace byzgate::caf_compat {

/// How a system schedules its actors; `testing` runs nothing until told to.
enum class scheduling {
    stealing,
    sharing,
#if BYZGATE_CAF_STEPS
    testing,
#endif
};

/// Makes the types of `Block` known to CAF. Comes before `caf::actor_system_config` in time, which
/// is why `basic_config` inherits from it first.
template <class Block>
struct registered_types {
    registered_types() {
#if BYZGATE_CAF_AT_LEAST(0, 18)
        [[maybe_unused]] static const bool once = [] {
            caf::init_global_meta_objects<Block>();
            caf::core::init_global_meta_objects();
            return true;
        }();
#endif
    }
};

/// A configuration with the types of `Block` registered and nothing read from files or from the
/// command line: CAF does that in `parse`, which nobody calls.
template <class Block>
class basic_config : private registered_types<Block>, public caf::actor_system_config {
public:
    basic_config(scheduling policy, std::size_t threads) {
#if BYZGATE_CAF_AT_LEAST(0, 18)
        set("caf.scheduler.policy", name_of(policy));
        set("caf.scheduler.max-threads", threads);
#else
        add_message_types<Block>();
        set("scheduler.policy", caf::atom_from_string(name_of(policy)));
        set("scheduler.max-threads", threads);
#endif
    }

private:
    static std::string name_of(scheduling policy) {
        switch (policy) {
            case scheduling::sharing:
                return "sharing";
#if BYZGATE_CAF_STEPS
            case scheduling::testing:
                return "testing";
#endif
            case scheduling::stealing:
                break;
        }
        return "stealing";
    }
};

/// One line of a typed interface, written as a function: `void(claim_request)`, `claim(record_id)`.
template <class Function>
struct signature;
template <class Result, class... Arguments>
struct signature<Result(Arguments...)> {
#if BYZGATE_CAF_AT_LEAST(0, 18)
    using type = caf::result<Result>(Arguments...);
#else
    using type = typename caf::replies_to<Arguments...>::template with<Result>;
#endif
};

/// A handle to an actor that answers exactly these messages.
template <class... Functions>
using typed_actor = caf::typed_actor<typename signature<Functions>::type...>;

/// The state of a stateful actor.
template <class Self>
auto& state_of(Self* self) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    return self->state();
#else
    return self->state;
#endif
}

template <class Self, class Handle, class... Arguments>
void send(Self* self, const Handle& to, Arguments&&... arguments) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    self->mail(std::forward<Arguments>(arguments)...).send(to);
#else
    self->send(to, std::forward<Arguments>(arguments)...);
#endif
}

/// From nobody: the recipient can't answer, and learns no address to attack.
template <class Handle, class... Arguments>
void anonymous_send(const Handle& to, Arguments&&... arguments) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    caf::anon_mail(std::forward<Arguments>(arguments)...).send(to);
#else
    caf::anon_send(to, std::forward<Arguments>(arguments)...);
#endif
}

/// To oneself, from nobody, after `delay`: a timer that doesn't keep its actor alive.
template <class Handle, class Duration, class... Arguments>
void anonymous_send_after(const Handle& to, Duration delay, Arguments&&... arguments) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    caf::anon_mail(std::forward<Arguments>(arguments)...).delay(delay).send(to);
#else
    caf::delayed_anon_send(to, delay, std::forward<Arguments>(arguments)...);
#endif
}

/// A request; the result is CAF's own response handle (`then`, `await`, `receive`).
template <class Self, class Handle, class Duration, class... Arguments>
[[nodiscard]] auto request(Self* self, const Handle& to, Duration timeout,
                           Arguments&&... arguments) {
#if BYZGATE_CAF_AT_LEAST(1, 0)
    return self->mail(std::forward<Arguments>(arguments)...).request(to, timeout);
#else
    return self->request(to, timeout, std::forward<Arguments>(arguments)...);
#endif
}

} // namespace byzgate::caf_compat
