from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0001_squashed_0004_investor_side'),
    ]

    operations = [
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort', models.CharField(choices=[('LISTED', '上市公司'), ('BROKER', '证券公司'), ('FUND', '基金公司'), ('FUTURES', '期货公司')], max_length=8, verbose_name='类别')),
                ('code', models.CharField(blank=True, max_length=12, verbose_name='证券代码')),
                ('short', models.CharField(max_length=60, verbose_name='简称')),
                ('name', models.CharField(max_length=120, verbose_name='全称')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('folded', models.CharField(max_length=200)),
                ('as_of', models.DateField(verbose_name='名单日期')),
                ('source', models.CharField(max_length=200, verbose_name='名单来源')),
            ],
            options={
                'verbose_name': '公司名单',
                'verbose_name_plural': '公司名单',
                'ordering': ['name', 'sort'],
                'indexes': [models.Index(condition=models.Q(('code', ''), _negated=True), fields=['code'], name='company_by_code')],
                'constraints': [models.UniqueConstraint(fields=('name', 'sort'), name='company_once_per_sort')],
            },
        ),
    ]
