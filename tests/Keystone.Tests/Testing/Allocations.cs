namespace Keystone.Tests.Testing;

/// <summary>
/// Counts what a piece of work allocates on its thread.
/// <para>
/// The runtime's counter is only true for a time without a collection: one that stops the thread while it works may count what is left of
/// the thread's allocation window, up to 8 KiB, as allocated, even when the thread did nothing but add numbers. Other tests allocate
/// on other threads, so a measurement that a collection fell into says nothing, whatever its figure, and another one is taken. Work that
/// allocates shows it in every measurement.
/// </para>
/// </summary>
internal static class Allocations
{
    private const int MeasurementsMax = 100;

    /// <summary>
    /// A collection in the background is counted when it ends, so one that began before may cut the window of a measurement that seems
    /// clean. What the work allocates is the least of so many.
    /// </summary>
    private const int CleanMeasurements = 3;

    /// <summary>The bytes that the work allocates. It may be done several times; what it needs at first should be there already.</summary>
    public static long Of(Action work)
    {
        long least = long.MaxValue;
        int clean = 0;
        for (int measurement = 0; measurement < MeasurementsMax; measurement++)
        {
            int collections = GC.CollectionCount(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (GC.CollectionCount(0) == collections)
            {
                least = Math.Min(least, bytes);
                clean++;
            }

            if (least == 0 || clean == CleanMeasurements)
            {
                return least;
            }
        }

        throw new InvalidOperationException(
            $"A collection fell into each of {MeasurementsMax} measurements, so nothing is known. Measure a shorter piece of work.");
    }
}
