using System.Reflection;
using System.Reflection.Emit;

namespace Keystone.Tests.Architecture;

/// <summary>Who uses whom within an assembly, read from signatures and from the code of methods.</summary>
internal static class TypeUses
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>The type that a nested or generated type was written in.</summary>
    public static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    /// <summary>Pairs of types of the assembly of which the first names the second, in a signature or in code.</summary>
    public static IEnumerable<(Type User, Type Used)> In(Assembly assembly)
        => from user in OwnTypes(assembly)
           from used in UsedBy(user).SelectMany(Parts)
           where used.Assembly == assembly && IsOwn(used) && Outermost(used) != Outermost(user)
           select (user, used);

    /// <summary>Every call of a method in the code of the assembly.</summary>
    public static IEnumerable<(MethodBase User, MethodBase Called)> CallsIn(Assembly assembly)
        => from type in OwnTypes(assembly)
           from method in MethodsOf(type)
           from member in MembersIn(method)
           where member is MethodBase
           select (method, (MethodBase)member);

    private static IEnumerable<Type> OwnTypes(Assembly assembly) => assembly.GetTypes().Where(IsOwn);

    private static bool IsOwn(Type type) => type.Namespace?.StartsWith("Keystone.Storage", StringComparison.Ordinal) == true;

    private static IEnumerable<MethodBase> MethodsOf(Type type)
        => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type> signatures = type.GetInterfaces()
            .Concat(type.BaseType is { } parent ? [parent] : [])
            .Concat(type.GetFields(All).Select(f => f.FieldType))
            .Concat(MethodsOf(type).SelectMany(m => m.GetParameters().Select(p => p.ParameterType)))
            .Concat(type.GetMethods(All).Select(m => m.ReturnType));
        return signatures.Concat(MethodsOf(type).SelectMany(MembersIn).SelectMany(TypesOf));
    }

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodBase method => method.DeclaringType is { } declaring ? [declaring] : [],
        _ => [],
    };

    /// <summary>A type, its element and its arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static List<MemberInfo> MembersIn(MethodBase method)
    {
        List<MemberInfo> members = [];
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] typeArguments = method.DeclaringType?.IsGenericType == true ? method.DeclaringType.GetGenericArguments() : [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | code[at++]));
            }

            OpCode opCode = OpCodesByValue[value];
            if (opCode.OperandType
                is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                members.Add(method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!);
            }

            at += OperandBytes(opCode, code, at);
        }

        return members;
    }

    private static int OperandBytes(OpCode opCode, byte[] code, int at) => opCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };
}
