from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mediation', '0001_squashed_0005_investor_side'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('state', 'RUNNING')), fields=['platform', 'due_at', 'id'], name='clock_soonest'),
        ),
    ]
